"""What tests/compat found; each expectation is what ansible-core 2.19 does."""

from __future__ import annotations

import tarfile

import pytest

from tests.unit.engine.harness import Kitchen


def test_items_of_a_loop_see_facts_of_earlier_items(kitchen: Kitchen) -> None:
    seen = kitchen.tasks("""
        - set_fact: {all_of: "{{ all_of | default([]) + [item] }}"}
          loop: [1, 2, 3]
        - debug: {msg: "{{ all_of | join(' ') }}"}
    """)
    assert seen.said("a") == ["1 2 3"]


def test_module_defaults_of_a_module_replace_outer_ones(kitchen: Kitchen) -> None:
    seen = kitchen.play("""
        - hosts: all
          gather_facts: false
          module_defaults: {debug: {msg: outer, verbosity: 2}}
          tasks:
            - debug:
              module_defaults: {debug: {msg: inner}}
    """)
    assert seen.said("a") == ["inner"]


def test_handlers_of_roles_and_tasks_run_together(kitchen: Kitchen) -> None:
    kitchen.write("roles/r/tasks/main.yml", "- {command: 'true', notify: h}\n")
    seen = kitchen.play("""
        - hosts: all
          gather_facts: false
          roles: [r]
          tasks:
            - {command: 'true', notify: h}
            - debug: {msg: tasks}
          handlers:
            - {name: h, debug: {msg: handler}}
    """)
    assert seen.said("a") == ["tasks", "handler"]


def test_an_include_that_is_missing_cannot_be_ignored(kitchen: Kitchen) -> None:
    seen = kitchen.tasks("""
        - include_tasks: nothing.yml
          ignore_errors: true
        - debug: {msg: not reached}
    """)
    assert seen.said("a") == []
    assert seen.exit_code == 2


def test_a_file_that_includes_itself_ends_and_shows_how(
    kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provision.engine.nesting.LIMIT", 20)
    kitchen.write("a.yml", "- include_tasks: b.yml\n")
    kitchen.write("b.yml", "- debug: {msg: b}\n- include_tasks: a.yml\n  loop: [1, 2]\n")
    seen = kitchen.tasks("- include_tasks: a.yml\n", hosts="a")
    assert seen.exit_code == 2
    assert seen.said("a") == ["b"] * 10
    (failed,) = (result for result in seen.results("a") if result.get("failed"))
    message = failed["results"][0]["msg"] if "results" in failed else failed["msg"]
    assert message.startswith("20 includes inside one another: ")
    assert [part.rsplit("/")[-1] for part in message.split(" -> ")][1:] == [
        "a.yml:1:3",
        "b.yml:2:3",
    ]


def test_a_file_that_includes_itself_a_number_of_times(kitchen: Kitchen) -> None:
    kitchen.write(
        "down.yml",
        """
        - debug: {msg: "{{ left }}"}
        - set_fact: {left: "{{ left | int - 1 }}"}
        - include_tasks: down.yml
          when: left | int > 0
        """,
    )
    seen = kitchen.tasks("- set_fact: {left: 3}\n- include_tasks: down.yml\n", hosts="a")
    assert seen.said("a") == [3, 2, 1]


def test_an_archive_of_the_controller_is_unpacked(kitchen: Kitchen) -> None:
    (kitchen.folder / "it").write_text("content")
    with tarfile.open(kitchen.folder / "a.tar", "w") as archive:
        archive.add(kitchen.folder / "it", "it")
    (kitchen.folder / "out").mkdir()
    seen = kitchen.tasks(f"- unarchive: {{src: a.tar, dest: {kitchen.folder / 'out'}}}")
    assert seen.exit_code == 0
    assert (kitchen.folder / "out" / "it").read_text() == "content"
