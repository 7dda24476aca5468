"""Which hosts do what: serial, run_once, throttle, delegation, limits, end_host and friends."""

from __future__ import annotations

import threading
import time

import pytest

from provision.engine.events import HostFinished, NoHosts, PlayStarted, Warned
from provision.errors import PlaybookError
from tests.unit.engine.harness import Kitchen
from tests.unit.engine.local_sessions import LocalSessions


def test_serial_repeats_its_last_entry_and_run_once_is_per_batch(kitchen: Kitchen) -> None:
    seen = kitchen.play("""
        - hosts: all
          gather_facts: false
          serial: [1, 2]
          tasks:
            - command: echo {{ inventory_hostname }}
              run_once: true
              register: it
            - debug: {msg: "{{ it.stdout }} {{ ansible_play_batch }}"}
    """)
    assert [seen.said(host)[0] for host in "abc"] == [
        "a ['a']",
        "b ['b', 'c']",
        "b ['b', 'c']",
    ]


def test_a_wholly_failed_batch_ends_the_playbook(kitchen: Kitchen) -> None:
    seen = kitchen.play("""
        - hosts: all
          gather_facts: false
          serial: 1
          tasks:
            - fail: {msg: x}
              when: inventory_hostname == 'a'
            - debug: {msg: ok}
        - hosts: all
          gather_facts: false
          tasks:
            - debug: {msg: second}
    """)
    assert [seen.said(host) for host in "abc"] == [[], [], []]
    assert seen.exit_code == 2


def test_a_failure_of_run_once_fails_every_host(kitchen: Kitchen) -> None:
    seen = kitchen.tasks("- fail: {msg: x}\n  run_once: true\n- debug: {msg: never}")
    assert [seen.said(host) for host in "abc"] == [[], [], []]
    assert seen.exit_code == 2


@pytest.mark.parametrize(("limit", "left"), [(50, ["one lost"]), (66, ["one lost"]), (67, None)])
def test_max_fail_percentage_is_strictly_greater(
    kitchen: Kitchen, limit: int, left: list[str] | None
) -> None:
    seen = kitchen.play(f"""
        - hosts: all
          gather_facts: false
          max_fail_percentage: {limit}
          tasks:
            - fail: {{msg: x}}
              when: inventory_hostname == 'a'
            - debug: {{msg: one lost}}
            - fail: {{msg: y}}
              when: inventory_hostname == 'b'
            - debug: {{msg: two lost}}
    """)
    assert seen.said("c") == (left or ["one lost", "two lost"])


def test_delegation_keeps_the_original_host_s_variables(kitchen: Kitchen) -> None:
    seen = kitchen.tasks(
        """
        - command: echo {{ inventory_hostname }}
          delegate_to: b
          register: it
        - debug: {msg: "{{ it.stdout }}"}
        - set_fact: {there: 1}
          delegate_to: c
          delegate_facts: true
        - set_fact: {here: 1}
          delegate_to: c
        - debug:
            msg: "{{ hostvars.c.there }} {{ there | default('-') }} {{ here }}"
        - command: echo {{ item }}
          delegate_to: "{{ item }}"
          loop: [b, c]
        """,
        hosts="a",
        inventory="a ansible_host=10.0.0.1\nb ansible_host=10.0.0.2 ansible_user=bob\nc\n",
    )
    assert seen.said("a") == ["a", "1 - 1"]
    targets = [target for target, _, request in seen.sessions.requests]
    assert [target.name for target in targets] == ["b", "b", "c"]
    assert (targets[0].address, targets[0].user) == ("10.0.0.2", "bob")
    assert next(e.delegate for e in seen.of(HostFinished)) == "b"


def test_delegation_to_an_implicit_localhost_is_local(kitchen: Kitchen) -> None:
    seen = kitchen.tasks("- ping:\n  delegate_to: localhost", hosts="a")
    target = seen.sessions.requests[0][0]
    assert (target.name, target.connection) == ("localhost", "local")


def test_throttle_limits_how_many_work_at_once(kitchen: Kitchen) -> None:
    at_once, most, lock = 0, 0, threading.Lock()

    def hook(target: object, request: object) -> dict[str, object]:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.02)
        with lock:
            at_once -= 1
        return {"changed": False}

    kitchen.tasks("- ping:\n  throttle: 2", sessions=LocalSessions(hook))
    assert most == 2


def test_add_host_and_group_by_serve_later_plays(kitchen: Kitchen) -> None:
    seen = kitchen.play("""
        - hosts: a,b
          gather_facts: false
          tasks:
            - add_host: {name: new, groups: [made], colour: red}
            - group_by: {key: "is_{{ inventory_hostname }}"}
        - hosts: made:is_b
          gather_facts: false
          tasks:
            - debug: {msg: "{{ colour | default('none') }} {{ group_names }}"}
    """)
    assert seen.said("new") == ["red ['made']"]
    assert seen.said("b") == ["none ['is_b', 'web']"]
    assert seen.said("a") == []


def test_end_host_and_end_play(kitchen: Kitchen) -> None:
    seen = kitchen.play("""
        - hosts: all
          gather_facts: false
          tasks:
            - meta: end_host
              when: inventory_hostname == 'b'
            - debug: {msg: one}
            - meta: end_play
            - debug: {msg: two}
        - hosts: all
          gather_facts: false
          tasks:
            - debug: {msg: next play}
    """)
    assert seen.said("a") == ["one", "next play"]
    assert seen.said("b") == ["next play"]
    assert seen.exit_code == 0


def test_end_role_leaves_the_role_only(kitchen: Kitchen) -> None:
    kitchen.write(
        "roles/r/tasks/main.yml",
        "- debug: {msg: in}\n- meta: end_role\n  when: inventory_hostname == 'a'\n"
        "- debug: {msg: rest}\n",
    )
    seen = kitchen.play("""
        - hosts: web
          gather_facts: false
          roles: [r]
          tasks:
            - debug: {msg: after}
            - include_role: {name: r}
            - debug: {msg: end}
    """)
    assert seen.said("a") == ["in", "after", "in", "end"]
    assert seen.said("b") == ["in", "rest", "after", "in", "rest", "end"]


def test_no_host_matches(kitchen: Kitchen) -> None:
    seen = kitchen.play("- hosts: nosuch\n  tasks:\n    - debug:\n")
    assert [event.pattern for event in seen.of(NoHosts)] == ["nosuch"]
    assert not seen.of(PlayStarted)


def test_limit_and_order(kitchen: Kitchen) -> None:
    text = "- hosts: all\n  order: {}\n  gather_facts: false\n  tasks: []\n"
    seen = kitchen.play(text.format("reverse_sorted"), limit="web")
    assert seen.of(PlayStarted)[0].hosts == ["b", "a"]


@pytest.mark.parametrize("strategy", ["free", "host_pinned"])
def test_free_hosts_do_not_wait(kitchen: Kitchen, strategy: str) -> None:
    order: list[tuple[str, str]] = []
    lock = threading.Lock()
    others_done = threading.Event()

    def hook(target: object, request: object) -> dict[str, object]:
        name, data = getattr(target, "name", ""), getattr(request, "args", {})["data"]
        if name == "a" and data == "1":
            assert others_done.wait(20)
        with lock:
            order.append((name, data))
            if {("b", "2"), ("c", "2")} <= set(order):
                others_done.set()
        return {"changed": True}

    seen = kitchen.play(
        f"""
        - hosts: all
          strategy: {strategy}
          gather_facts: false
          handlers:
            - name: h
              debug: {{msg: handler}}
          tasks:
            - ping: {{data: 1}}
              notify: h
            - ping: {{data: 2}}
        """,
        sessions=LocalSessions(hook),
    )
    assert order[-2:] == [("a", "1"), ("a", "2")]
    assert [seen.said(host) for host in "abc"] == [["handler"]] * 3


def test_an_unknown_strategy_is_refused(kitchen: Kitchen) -> None:
    with pytest.raises(PlaybookError, match="strategy"):
        kitchen.play("- hosts: all\n  strategy: lineal\n  tasks: []\n")


def test_start_at_task(kitchen: Kitchen) -> None:
    seen = kitchen.tasks(
        "- name: one\n  debug: {msg: 1}\n- name: two\n  debug: {msg: 2}\n"
        "- name: three\n  debug: {msg: 3}\n",
        start_at_task="two",
    )
    assert [seen.said(host) for host in "abc"] == [[2, 3]] * 3


def test_an_abort_ends_at_once(kitchen: Kitchen) -> None:
    def hook(target: object, request: object) -> dict[str, object]:
        raise KeyboardInterrupt

    seen = kitchen.tasks("- ping:\n- debug: {msg: x}", sessions=LocalSessions(hook))
    assert seen.exit_code == 99
    assert "aborted" in seen.of(Warned)[-1].message
    assert seen.sessions.closed


def test_a_run_over_names_nobody_knows_is_no_success(kitchen: Kitchen) -> None:
    seen = kitchen.play("- hosts: wep\n  tasks:\n    - debug:\n")
    assert seen.exit_code == 5
    assert "'wep' is neither a host nor a group" in seen.of(Warned)[0].message
    assert "did you mean 'web'?" in seen.of(Warned)[0].message


def test_a_name_nobody_knows_beside_others_is_said_once(kitchen: Kitchen) -> None:
    play = "- hosts: web:!mantenance\n  gather_facts: false\n  tasks: []\n"
    seen = kitchen.play(play + play)
    assert seen.exit_code == 0
    assert len(seen.of(Warned)) == 1 and "mantenance" in seen.of(Warned)[0].message


def test_a_limit_that_leaves_nothing_is_no_success(kitchen: Kitchen) -> None:
    play = "- hosts: web\n  gather_facts: false\n  tasks: []\n"
    assert kitchen.play(play, limit="c").exit_code == 5
    assert kitchen.play(play, limit="a").exit_code == 0


def test_each_batch_is_a_play_of_its_own_hosts(kitchen: Kitchen) -> None:
    play = "- hosts: all\n  serial: 2\n  gather_facts: false\n  tasks:\n    - debug:\n"
    assert [event.hosts for event in kitchen.play(play).of(PlayStarted)] == [["a", "b"], ["c"]]
