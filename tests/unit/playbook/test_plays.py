"""Plays: their keywords, sections and what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from provision.located import parse_yaml
from provision.playbook import load_playbook
from provision.playbook.keywords import KEYWORDS, keywords_of
from tests.unit.playbook.support import CATALOG, Write, complaint, complaints, play_of, tasks_in


def test_a_play_with_everything(write: Write) -> None:
    write("one.yml", "a: 1")
    write("vars/three.yml", "b: 2")
    play = play_of(
        write(
            "site.yml",
            """
            - name: all of it
              hosts: [web, "!old"]
              become: true
              serial: [1, "30%"]
              strategy: ansible.builtin.free
              order: sorted
              gather_facts: false
              gather_subset: min, network
              max_fail_percentage: 20
              force_handlers: yes
              any_errors_fatal: true
              vars: {a: 1}
              vars_files: [one.yml, [two.yml, three.yml]]
              vars_prompt: [{name: who, prompt: Who?, private: false}]
              collections: [community.docker]
              pre_tasks: [{debug: {msg: 1}}]
              tasks: [{debug: {msg: 2}}]
              post_tasks: [{debug: {msg: 3}}]
              handlers: [{name: h, debug: {msg: 4}, listen: topic}]
            """,
        )
    )
    assert play.name == "all of it"
    assert play.hosts == ["web", "!old"]
    assert play.serial == (1, "30%")
    assert (play.strategy, play.order) == ("free", "sorted")
    assert play.gather_facts is False
    assert play.vars == {"a": 1}
    assert play.vars_files == ("one.yml", ["two.yml", "three.yml"])
    assert play.vars_prompt[0]["name"] == "who"
    assert play.max_fail_percentage == 20
    assert play.force_handlers is True
    sections = [[task.args["msg"] for task in tasks_in(nodes)] for nodes in play.sections]
    assert sections == [[1], [], [2], [3]]
    (task,) = tasks_in(play.sections[2])
    assert task.settings.vars == ()
    assert task.settings.become is True
    assert task.settings.any_errors_fatal is True
    (handler,) = tasks_in(play.handlers)
    assert handler.listen == ("topic",)


def test_an_unnamed_play_is_called_after_its_hosts(write: Write) -> None:
    assert play_of(write("site.yml", "- hosts: [a, b]")).name == "a,b"


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        ("", "list of plays", ""),
        ("hosts: all", "list of plays", "begins with '- '"),
        ("- text", "must be a mapping", ""),
        ("- tasks: []", "no hosts", ""),
        ("- debug: {msg: x}", "this is a task", "under tasks:"),
        ("- hosts: all\n  taks: []", "'taks'", "'tasks'"),
        ("- hosts: all\n  when: x", "'when'", "on the tasks inside, or on a block"),
        ("- hosts: all\n  sudo_user: x", "'sudo_user'", "write become_user"),
        ("- hosts: all\n  vars: [a: 1]", "vars must be a mapping", "without '- '"),
        ("- hosts: all\n  connection: docker", "'docker' is not supported", "ssh, local"),
        ("- hosts: all\n  become_method: sud", "'sud' is not supported", "'sudo'"),
        ("- hosts: all\n  tasks:\n    - name: x\n       ping:", "YAML", "in the same column"),
        ("- hosts: all\n  name: 'x' and y", "YAML", "quotes around all"),
        ("- hosts: all\n  name: x y: z", "YAML", "needs quotes"),
        ("- hosts:", "hosts must be", ""),
        ("- hosts: []", "hosts must be", ""),
        ("- hosts: {a: b}", "hosts must be", ""),
        ("- hosts: all\n  strategy: fre", "'fre' is not supported", "'free'"),
        ("- hosts: all\n  strategy: debug", "'debug' is not supported", "linear"),
        ("- hosts: all\n  order: random", "'random'", ""),
        ("- hosts: all\n  serial: few", "serial", ""),
        ("- hosts: all\n  tasks: {debug: }", "tasks must be a list", "begins with '- '"),
        ("- hosts: all\n  roles: web", "roles must be a list", ""),
        ("- hosts: all\n  vars_prompt: [{prompt: x}]", "no name", ""),
        ("- hosts: all\n  vars_prompt: [{name: x, colour: y}]", "'colour'", "supported"),
        ("- hosts: all\n  gather_timeout: soon", "gather_timeout must be a number", ""),
        ("- hosts: all\n  hosts: b", "twice", "first given"),
        ("- hosts: all\n  vars: {a: '{{ x'}", "syntax error", "}}"),
    ],
)
def test_complaints(write: Write, text: str, says: str, hint: str) -> None:
    error = complaint(write("site.yml", text))
    assert says in error.message
    assert hint in (error.hint or "")
    assert error.at is not None


def test_mistakes_of_a_play_and_of_its_tasks_are_told_together(write: Write) -> None:
    path = write(
        "site.yml",
        """
        - hosts: all
          become: perhaps
          taks: []
          tasks: [{nope: }]
          handlers: [{block: [{debug: }]}]
        - hosts: all
          roles: [absent]
        """,
    )
    lines = sorted(error.at.line for error in complaints(path) if error.at)
    assert lines == [2, 3, 4, 5, 7]


def test_a_file_that_is_not_there(write: Write) -> None:
    path = write("site.yml", "").with_name("absent.yml")
    error = complaint(path)
    assert "cannot read" in error.message
    assert error.exit_code == 5


def test_what_reads_the_files_can_be_given(write: Write) -> None:
    path = write("site.yml", "encrypted, say")

    def read(path: Path) -> object:
        return parse_yaml("- hosts: hidden", str(path))

    (play,) = load_playbook(path, CATALOG, read=read).plays
    assert play.hosts == "hidden"


def test_each_keyword_says_what_it_does() -> None:
    for keyword in KEYWORDS:
        assert keyword.doc.endswith(".")
        assert keyword.levels
    assert "listen" not in keywords_of("task")
    assert "listen" in keywords_of("handler")


def test_files_of_variables_that_are_not_there(write: Write) -> None:
    write("common.yml", "a: 1")
    path = write(
        "site.yml",
        """
        - hosts: all
          vars_files: [comon.yml, [no.yml, neither.yml], "{{ distribution }}.yml", [], common.yml]
        """,
    )
    first, second = complaints(path)
    assert (first.message, first.hint) == (
        "vars_files: there is no file comon.yml",
        "did you mean 'common.yml'?",
    )
    assert second.message == "vars_files: there is no file no.yml or neither.yml"
    assert load_playbook(path, CATALOG, first=False).plays


def test_an_earlier_play_may_make_a_file_of_variables(write: Write) -> None:
    text = "[{hosts: all}, {hosts: all, vars_files: [made.yml]}]"
    assert complaints(write("site.yml", text)) == []


def test_user_is_another_name_of_remote_user(write: Write) -> None:
    play = play_of(write("site.yml", "- hosts: all\n  user: bob\n  tasks: [{debug: }]"))
    assert play.settings.remote_user == "bob"


def test_keywords_with_nothing_after_them_say_nothing(write: Write) -> None:
    tasks = "  tasks:\n    - debug:\n      loop:\n      when:"
    text = f"- hosts: all\n  name:\n  become:\n  order:\n{tasks}"
    play = play_of(write("site.yml", text))
    assert (play.name, play.order, play.settings.become) == ("all", "inventory", None)
    (task,) = tasks_in(play.sections[2])
    assert task.loop is None
    assert task.settings.when == ()
