"""Failures: rescue, always, ignore_errors, any_errors_fatal, unreachable hosts.

Expectations were taken from runs of ansible-core 2.19.
"""

from __future__ import annotations

from provision.engine.events import HostFinished, Status, Tally
from tests.unit.engine.harness import Kitchen
from tests.unit.engine.local_sessions import LocalSessions


def test_rescue_clears_the_failure_and_knows_it(kitchen: Kitchen) -> None:
    seen = kitchen.tasks("""
        - block:
            - name: breaks
              command: "false"
              when: inventory_hostname == 'b'
            - debug: {msg: went on}
          rescue:
            - debug: {msg: "{{ ansible_failed_task.name }} {{ ansible_failed_result.rc }}"}
          always:
            - debug: {msg: always}
        - debug: {msg: after}
    """)
    assert seen.exit_code == 0
    assert seen.said("a") == ["went on", "always", "after"]
    assert seen.said("b") == ["breaks 1", "always", "after"]
    assert seen.recap["b"] == Tally(ok=3, rescued=1)
    assert seen.recap["a"] == Tally(ok=3, skipped=1)


def test_inner_always_runs_before_the_outer_rescue(kitchen: Kitchen) -> None:
    seen = kitchen.tasks("""
        - block:
            - block:
                - fail: {msg: inner}
              always:
                - debug: {msg: inner always}
            - debug: {msg: never}
          rescue:
            - debug: {msg: "outer {{ ansible_failed_result.msg }}"}
            - fail: {msg: in rescue}
              when: inventory_hostname == 'b'
          always:
            - debug: {msg: outer always}
        - debug: {msg: end}
    """)
    assert seen.said("a") == ["inner always", "outer inner", "outer always", "end"]
    assert seen.said("b") == ["inner always", "outer inner", "outer always"]
    assert seen.recap["b"].failed == 1
    assert seen.exit_code == 2


def test_a_host_that_failed_takes_no_part_in_later_plays(kitchen: Kitchen) -> None:
    seen = kitchen.play("""
        - hosts: all
          gather_facts: false
          tasks:
            - fail: {msg: x}
              when: inventory_hostname == 'a'
        - hosts: all
          gather_facts: false
          tasks:
            - debug: {msg: second}
    """)
    assert (seen.said("a"), seen.said("b")) == ([], ["second"])
    assert seen.exit_code == 2


def test_any_errors_fatal_fails_everybody_through_their_rescue(kitchen: Kitchen) -> None:
    seen = kitchen.play("""
        - hosts: all
          gather_facts: false
          any_errors_fatal: true
          tasks:
            - block:
                - fail: {msg: x}
                  when: inventory_hostname == 'a'
                - debug: {msg: not reached}
              rescue:
                - debug: {msg: rescue}
              always:
                - debug: {msg: always}
            - debug: {msg: after}
        - hosts: all
          gather_facts: false
          tasks:
            - debug: {msg: second play}
    """)
    assert seen.said("a") == ["rescue", "always", "after", "second play"]
    assert seen.said("b") == ["rescue", "always", "after"]
    assert seen.exit_code == 2


def test_ignored_errors_count_as_ok(kitchen: Kitchen) -> None:
    seen = kitchen.tasks("""
        - debug: {msg: "{{ nothing_of_that_name }}"}
          ignore_errors: true
          register: it
        - debug: {msg: "{{ it.failed }}"}
    """)
    assert seen.recap["a"] == Tally(ok=2, ignored=1)
    assert seen.said("a") == [True]
    first = seen.of(HostFinished)[0]
    assert "nothing_of_that_name" in first.result["msg"]
    assert first.result["location"].endswith("play.yml:5:20")


def test_an_unreachable_host_leaves_and_is_not_rescued(kitchen: Kitchen) -> None:
    seen = kitchen.tasks(
        """
        - block:
            - ping:
          rescue:
            - debug: {msg: rescued}
        - debug: {msg: after}
        """,
        sessions=LocalSessions(down=("b",)),
    )
    assert seen.exit_code == 4
    assert seen.recap["b"] == Tally(unreachable=1)
    assert (seen.said("a"), seen.said("b")) == (["after"], [])


def test_ignore_unreachable_goes_on(kitchen: Kitchen) -> None:
    seen = kitchen.tasks(
        """
        - ping:
          ignore_unreachable: true
        - debug: {msg: after}
        """,
        sessions=LocalSessions(down=("b",)),
    )
    assert seen.exit_code == 0
    assert seen.recap["b"] == Tally(ok=2, ignored=1)
    assert seen.said("b") == ["after"]


def test_a_bug_in_a_module_fails_its_host_only(kitchen: Kitchen) -> None:
    def hook(target: object, request: object) -> dict[str, object] | None:
        if getattr(target, "name", "") == "b":
            raise RuntimeError("boom")
        return {"changed": False}

    seen = kitchen.tasks("- ping:\n- debug: {msg: after}", sessions=LocalSessions(hook))
    assert seen.said("a") == ["after"]
    assert "boom" in seen.results("b")[0]["msg"]
    assert "Traceback" in seen.results("b")[0]["exception"]
    assert "Traceback" not in seen.results("b")[0]["msg"]


def test_loops_that_fail_in_part(kitchen: Kitchen) -> None:
    seen = kitchen.tasks("""
        - fail: {msg: "{{ item }}"}
          loop: [1, 2]
          when: inventory_hostname == 'a' or item == 1
          register: r
          ignore_errors: true
        - debug: {msg: "{{ r.msg }} {{ r.results | length }} {{ r.failed }}"}
    """)
    assert seen.said("b") == ["One or more items failed 2 True"]
    assert next(e.status for e in seen.of(HostFinished) if e.host == "b") is Status.FAILED


def test_keywords_whose_templates_fail_are_failures_of_hosts(kitchen: Kitchen) -> None:
    for keyword in ("run_once", "throttle", "any_errors_fatal", "ignore_errors", "no_log"):
        seen = kitchen.tasks(f"- command: 'false'\n  {keyword}: '{{{{ nothing }}}}'")
        assert seen.exit_code == 2
        assert all(seen.results(host)[0].get("failed") for host in "abc")
