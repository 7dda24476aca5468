"""Handlers notified before a failure run in the next run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from provision.engine.events import Warned
from provision.engine.owed import Owed
from tests.unit.engine.harness import Kitchen, Recorded

PLAY = """
- name: web
  hosts: all
  gather_facts: false
  handlers:
    - name: restart
      debug: {msg: restarted}
    - name: second
      debug: {msg: second ran}
      failed_when: second_fails | default(false) and inventory_hostname == 'a'
    - name: of topic
      listen: topic
      debug: {msg: topic ran}
  pre_tasks:
    - debug: {msg: before}
  tasks:
    - command: "true"
      changed_when: change | default(true)
      notify: [restart, second, topic]
    - debug: {msg: working}
      failed_when: broken | default(false) and inventory_hostname == 'a'
"""


def run(kitchen: Kitchen, **options: Any) -> Recorded:
    variables = {"change": False, **options.pop("extra", {})}
    return kitchen.play(
        options.pop("play", PLAY),
        owed_handlers=journal(kitchen),
        extra_vars=variables,
        **options,
    )


def journal(kitchen: Kitchen) -> Path:
    return kitchen.folder / ".provision" / "handlers" / "x.jsonl"


def fail(kitchen: Kitchen, **extra: Any) -> Recorded:
    return run(kitchen, extra={"change": True, "broken": True, **extra})


def test_what_a_failure_left_runs_once_in_the_next_run(kitchen: Kitchen) -> None:
    first = fail(kitchen)
    assert first.exit_code == 2
    assert "restarted" not in first.said("a") and "restarted" in first.said("b")
    warned = first.of(Warned)[-1].message
    assert "restart, second, topic [a]" in warned and "--no-resume-handlers" in warned

    second = run(kitchen)
    assert second.exit_code == 0
    assert second.said("a") == ["before", "working", "restarted", "second ran", "topic ran"]
    assert second.said("b") == ["before", "working"]
    assert "[a]" in second.of(Warned)[0].message
    assert not journal(kitchen).parent.parent.exists()

    assert run(kitchen).said("a") == ["before", "working"]


def test_another_play_says_nothing_of_them(kitchen: Kitchen) -> None:
    fail(kitchen)
    other = run(kitchen, play=PLAY.replace("name: web", "name: other"))
    assert other.exit_code == 0
    assert not other.of(Warned)
    assert "restarted" in run(kitchen).said("a")


def test_a_second_failure_keeps_them(kitchen: Kitchen) -> None:
    fail(kitchen)
    assert "restarted" not in run(kitchen, extra={"broken": True}).said("a")
    assert "restarted" in run(kitchen).said("a")


def test_they_can_be_forgotten(kitchen: Kitchen) -> None:
    fail(kitchen)
    assert "restarted" not in run(kitchen, resume_handlers=False).said("a")
    assert "restarted" not in run(kitchen).said("a")


def test_check_mode_shows_them_and_keeps_them(kitchen: Kitchen) -> None:
    fail(kitchen)
    assert "restarted" in run(kitchen, check=True).said("a")
    assert "restarted" in run(kitchen).said("a")


def test_a_failing_handler_and_those_after_it_are_owed_those_before_are_not(
    kitchen: Kitchen,
) -> None:
    first = run(kitchen, extra={"change": True, "second_fails": True})
    assert first.said("a") == ["before", "working", "restarted"]
    assert run(kitchen).said("a") == ["before", "working", "second ran", "topic ran"]


def test_hosts_outside_the_limit_are_not_forgotten(kitchen: Kitchen) -> None:
    fail(kitchen)
    run(kitchen, limit="b")
    assert "restarted" in run(kitchen).said("a")


def test_a_play_that_its_author_ends_owes_nothing(kitchen: Kitchen) -> None:
    ended = PLAY + "    - meta: end_host\n"
    run(kitchen, play=ended, extra={"change": True})
    assert not journal(kitchen).exists()
    assert run(kitchen, play=ended).said("a") == ["before", "working"]


def test_a_killed_controller_has_noted_them_when_the_change_was_made(kitchen: Kitchen) -> None:
    """Whatever the rest of the play does, the line is on disk when the next task begins."""
    copy = f"cp {journal(kitchen)} {kitchen.folder}/seen-{{{{ inventory_hostname }}}}"
    looking = PLAY + f"    - command: {copy}\n"
    run(kitchen, play=looking, extra={"change": True})
    lines = (kitchen.folder / "seen-a").read_text().splitlines()
    noted = {entry["host"]: entry["notified"] for entry in map(json.loads, lines)}
    assert noted["a"] == {"-2": ["restart", "second", "topic"]}


def test_unreadable_lines_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(
        '{"play": "p", "host": "a", "notified": {"-2": ["one"]}}\n'
        '[1]\n{"play": "p"}\n{"play": "p", "host": "b", "notified": 3}\n{"play": "p", "ho'
    )
    assert Owed(file).left() == {("p", "a"): ["one"]}


def test_a_file_that_cannot_be_written_is_said_and_no_failure(kitchen: Kitchen) -> None:
    (kitchen.folder / ".provision").write_text("a file, not a folder")
    seen = run(kitchen, extra={"change": True})
    assert seen.exit_code == 0
    assert any("cannot be remembered" in event.message for event in seen.of(Warned))
