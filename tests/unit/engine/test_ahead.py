"""Tasks sent ahead: fewer round trips, and nothing else is different."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from provision.transport.session import Request
from provision.transport.target import Become, Target
from tests.unit.engine.harness import Kitchen, Recorded
from tests.unit.engine.local_sessions import LocalSessions


def chains(seen: Recorded, host: str = "a") -> list[list[str]]:
    """The paths that a host's calls named, those sent together in one list."""
    calls = [
        (request.chain, str(request.args.get("path") or request.args.get("dest")))
        for target, _, request in seen.sessions.requests
        if target.name == host
    ]
    return [[path for _, path in group] for _, group in itertools.groupby(calls, lambda c: c[0])]


def accepting(**failing: bool) -> LocalSessions:
    """Sessions on which everything works but what is named."""

    def hook(target: Target, request: Request) -> dict[str, Any]:
        path = str(request.args.get("path") or request.args.get("dest"))
        if failing.get(path):
            return {"failed": True, "msg": "it does not work"}
        return {"changed": False, "stat": {"exists": True, "path": path}}

    return LocalSessions(hook)


def test_tasks_that_need_nothing_go_together(kitchen: Kitchen) -> None:
    seen = kitchen.tasks(
        """
        - file: {path: one, state: touch}
        - copy: {dest: two, content: x}
        - stat: {path: three}
        """,
        sessions=accepting(),
    )
    assert chains(seen) == [["one", "two", "three"]] == chains(seen, "c")


def test_what_a_result_decides_waits_for_it(kitchen: Kitchen) -> None:
    seen = kitchen.tasks(
        """
        - stat: {path: one}
          register: first
        - file: {path: two, state: touch}
        - file: {path: three, state: touch}
          when: first.stat.exists
        - copy: {dest: four, content: "{{ behind }}"}
          vars: {behind: "{{ first.stat.path }}"}
        - stat: {path: five}
          register: later
        - copy: {dest: six, content: "{{ lookup('vars', 'later').stat.path }}"}
        """,
        sessions=accepting(),
    )
    assert chains(seen) == [["one", "two"], ["three", "four", "five"], ["six"]]


def test_a_template_file_is_looked_into(kitchen: Kitchen) -> None:
    kitchen.write("t.j2", "{{ found.stat.path }}\n")
    seen = kitchen.tasks(
        """
        - stat: {path: one}
          register: found
        - template: {src: t.j2, dest: two}
        """,
        sessions=accepting(),
    )
    assert chains(seen) == [["one"], ["two"]]
    blobs = [r.blob for t, _, r in seen.sessions.requests if r.module == "copy"]
    assert blobs == [b"one\n"] * 3


def test_commands_wait_for_all_and_all_wait_for_them(kitchen: Kitchen) -> None:
    seen = kitchen.tasks(
        """
        - file: {path: one, state: touch}
        - command: "true"
        - file: {path: two, state: touch}
        """,
        sessions=accepting(),
    )
    order = [(target.name, request.module) for target, _, request in seen.sessions.requests]
    assert [module for _, module in order] == ["file"] * 3 + ["command"] * 3 + ["file"] * 3


def test_a_failure_ends_what_was_sent(kitchen: Kitchen) -> None:
    seen = kitchen.tasks(
        """
        - file: {path: one, state: touch}
        - file: {path: two, state: touch}
        - file: {path: three, state: touch}
        """,
        sessions=accepting(two=True),
    )
    assert seen.exit_code == 2
    assert chains(seen) == [["one", "two"]]
    assert [r.get("failed") for r in seen.results("a")] == [False, True]


def test_what_was_dropped_is_asked_again_where_failures_do_not_count(kitchen: Kitchen) -> None:
    seen = kitchen.tasks(
        """
        - file: {path: one, state: touch}
        - file: {path: two, state: touch}
          ignore_errors: true
        - file: {path: three, state: touch}
        """,
        sessions=accepting(two=True),
    )
    assert seen.exit_code == 0
    assert chains(seen) == [["one", "two"], ["three"]]


def test_a_rescue_follows_and_then_the_rest(kitchen: Kitchen) -> None:
    seen = kitchen.tasks(
        """
        - block:
            - file: {path: one, state: touch}
            - file: {path: two, state: touch}
            - file: {path: never, state: touch}
          rescue:
            - file: {path: rescued, state: touch}
        - file: {path: after, state: touch}
        """,
        sessions=accepting(two=True),
    )
    assert seen.exit_code == 0
    assert chains(seen) == [["one", "two"], ["rescued"], ["after"]]


@pytest.mark.parametrize(
    "keywords",
    [
        "failed_when: [\"'x' in (undefined_name | default('x'))\"]",
        "any_errors_fatal: true",
        "run_once: true",
        "throttle: 1",
        "delegate_to: c",
        "until: true",
        "loop: [1, 2]",
        'ignore_errors: false\n          changed_when: "false or nothing_like_it"',
    ],
)
def test_nothing_goes_past_a_task_whose_end_the_node_does_not_know(
    kitchen: Kitchen, keywords: str
) -> None:
    seen = kitchen.tasks(
        f"""
        - file: {{path: one, state: touch}}
          {keywords}
        - file: {{path: two, state: touch}}
        """,
        sessions=accepting(),
    )
    assert ["one", "two"] not in chains(seen)


def test_skipped_tasks_do_not_stop_it(kitchen: Kitchen) -> None:
    seen = kitchen.tasks(
        """
        - file: {path: one, state: touch}
        - file: {path: two, state: touch}
          when: inventory_hostname == 'b'
        - file: {path: three, state: touch}
        """,
        sessions=accepting(),
    )
    assert chains(seen, "a") == [["one", "three"]]
    assert chains(seen, "b") == [["one", "two", "three"]]
    assert seen.recap["a"].skipped == 1


def test_another_user_is_another_chain(kitchen: Kitchen) -> None:
    seen = kitchen.tasks(
        """
        - file: {path: one, state: touch}
        - file: {path: two, state: touch}
          become: true
          become_user: nobody
        """,
        sessions=accepting(),
    )
    assert chains(seen) == [["one"], ["two"]]


def test_hosts_that_share_files_can_say_so(kitchen: Kitchen) -> None:
    seen = kitchen.tasks(
        """
        - file: {path: one, state: touch}
        - file: {path: two, state: touch}
        """,
        sessions=accepting(),
        extra_vars={"ansible_pipelining": False},
    )
    order = [str(request.args["path"]) for _, _, request in seen.sessions.requests]
    assert order == ["one"] * 3 + ["two"] * 3


def test_a_lost_host_is_tried_once(kitchen: Kitchen) -> None:
    sessions = LocalSessions(hook=lambda t, r: {"changed": False}, down=("b",))
    asked: list[str] = []
    get = sessions.get

    def noted(target: Target, become: Become | None = None) -> Any:
        asked.append(target.name)
        return get(target, become)

    sessions.get = noted  # type: ignore[method-assign]
    seen = kitchen.tasks(
        """
        - file: {path: one, state: touch}
        - file: {path: two, state: touch}
        """,
        sessions=sessions,
    )
    assert seen.exit_code == 4
    assert asked.count("b") == 1
    assert seen.recap["b"].unreachable == 1
    assert seen.recap["a"].ok == 2
