"""Roles: their files, variables, dependencies and argument specs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from provision.errors import Location, PlaybookError
from provision.playbook import load_role
from provision.playbook.model import Settings
from tests.unit.playbook.support import CATALOG, Write, complaint, complaints, play_of, tasks_in

AT = Location("site.yml", 1, 1)


def say(text: str) -> str:
    return f"- debug: {{msg: {text}}}\n"


def messages(nodes: object) -> list[str]:
    return [str(task.args["msg"]) for task in tasks_in(nodes) if task.action == "debug"]


@pytest.fixture
def web(write: Write) -> Write:
    write("roles/web/tasks/main.yml", say("web"))
    write("roles/web/handlers/main.yml", "- name: restart\n  debug: {msg: again}\n")
    write("roles/web/defaults/main.yml", "port: 80\nhost: default\n")
    write("roles/web/vars/main.yml", "port: 443\n")
    return write


def test_an_entry_hands_down_and_sets_variables(web: Write) -> None:
    play = play_of(
        web(
            "site.yml",
            """
            - hosts: all
              tags: play
              roles:
                - role: web
                  when: a
                  tags: r
                  become: true
                  vars: {port: 1, other: 2}
                  param: 3
            """,
        )
    )
    (task,) = tasks_in(play.sections[1])
    assert task.role is play.roles[0]
    assert task.settings.when == ("a",)
    assert task.settings.tags == ("play", "r")
    assert task.settings.become is True
    role = play.roles[0]
    assert (role.name, role.path.name) == ("web", "web")
    assert role.defaults == {"port": 80, "host": "default"}
    assert role.vars == {"port": 443}
    assert role.entry_vars == {"port": 1, "other": 2}
    assert role.params == {"param": 3}
    (handler,) = tasks_in(play.handlers)
    assert (handler.name, handler.role) == ("restart", role)


def test_handlers_of_one_name_the_plays_own_is_last(web: Write) -> None:
    web("roles/late/tasks/main.yml", say("late"))
    web("roles/late/handlers/main.yml", "- name: late\n  debug:\n")
    play = play_of(
        web(
            "site.yml",
            """
            - hosts: all
              roles: [web]
              tasks: [import_role: {name: late}]
              handlers: [{name: restart, debug: {msg: mine}}]
            """,
        )
    )
    handlers = tasks_in(play.handlers)
    assert [(task.name, task.role and task.role.name) for task in handlers] == [
        ("restart", "web"),
        ("restart", None),
        ("late", "late"),
    ]


def test_dependencies_run_first_and_once(write: Write) -> None:
    write("roles/base/tasks/main.yml", say("base"))
    write("roles/a/tasks/main.yml", say("a"))
    write("roles/a/meta/main.yml", "dependencies: [base]")
    write("roles/b/tasks/main.yml", say("b"))
    write("roles/b/meta/main.yml", "dependencies: [{role: base}, a]")
    play = play_of(write("site.yml", "- hosts: all\n  roles: [a, b, b]"))
    assert messages(play.sections[1]) == ["base", "a", "b"]
    assert [role.name for role in play.roles] == ["base", "a", "b"]
    assert [parent.name for parent in play.roles[0].parents] == ["a"]


def test_a_role_with_other_variables_or_conditions_is_another_use(write: Write) -> None:
    write("roles/r/tasks/main.yml", say("r"))
    path = write("site.yml", "- hosts: all\n  roles: [{role: r, x: 1}, {role: r, x: 2}, r]")
    assert messages(play_of(path).sections[1]) == ["r", "r", "r"]


def test_a_dependency_under_another_condition_is_not_lost(write: Write) -> None:
    write("roles/base/tasks/main.yml", say("base"))
    write("roles/a/meta/main.yml", "dependencies: [base]")
    write("roles/b/meta/main.yml", "dependencies: [base]")
    path = write("site.yml", "- hosts: all\n  roles: [{role: a, when: false}, b]")
    tasks = tasks_in(play_of(path).sections[1])
    assert [task.settings.when for task in tasks] == [(False,), ()]


def test_allow_duplicates(write: Write) -> None:
    write("roles/r/tasks/main.yml", say("r"))
    write("roles/r/meta/main.yml", "allow_duplicates: true")
    path = write("site.yml", "- hosts: all\n  roles: [r, r]")
    assert messages(play_of(path).sections[1]) == ["r", "r"]


def test_import_role_repeats_the_role_but_not_its_dependencies(write: Write) -> None:
    write("roles/base/tasks/main.yml", say("base"))
    write("roles/a/tasks/main.yml", say("a"))
    write("roles/a/tasks/other.yml", say("other"))
    write("roles/a/meta/main.yml", "dependencies: [base]")
    path = write(
        "site.yml",
        """
        - hosts: all
          roles: [a]
          tasks:
            - import_role: {name: a}
            - import_role: {name: a, tasks_from: other}
              vars: {x: 1}
            - import_role: {name: a, allow_duplicates: false}
        """,
    )
    play = play_of(path)
    assert messages(play.sections[1]) == ["base", "a"]
    assert messages(play.sections[2]) == ["a", "other"]
    assert tasks_in(play.sections[2])[1].settings.vars == ({"x": 1},)


def test_a_role_may_use_its_own_other_files(write: Write, tmp_path: Path) -> None:
    write("roles/r/tasks/main.yml", "- import_role: {name: r, tasks_from: part}")
    write("roles/r/tasks/part.yml", say("part"))
    play = play_of(write("site.yml", "- hosts: all\n  roles: [r]"))
    assert messages(play.sections[1]) == ["part"]
    inside = load_role(
        "r", CATALOG, at=AT, settings=Settings(), base=tmp_path, within=play.roles[0]
    )
    assert inside.role.name == "r"


def test_a_role_that_imports_itself(write: Write) -> None:
    write("roles/r/tasks/main.yml", "- import_role: {name: r}")
    error = complaint(write("site.yml", "- hosts: all\n  roles: [r]"))
    assert "need each other: r -> r" in error.message


def test_files_are_found_in_the_role_first(write: Write) -> None:
    write("more.yml", say("playbook"))
    write("roles/r/tasks/main.yml", "- import_tasks: more.yml\n- import_tasks: sub/in.yml")
    write("roles/r/tasks/more.yml", say("role"))
    write("roles/r/tasks/sub/in.yml", "- import_tasks: deep.yml\n- import_tasks: more.yml")
    write("roles/r/tasks/sub/deep.yml", say("deep"))
    path = write("site.yml", "- hosts: all\n  roles: [r]")
    assert messages(play_of(path).sections[1]) == ["role", "deep", "role"]


def test_a_directory_of_vars_and_other_endings(write: Write) -> None:
    write("roles/r/vars/main/1.yml", "a: 1\nb: 1")
    write("roles/r/vars/main/2.yaml", "b: 2")
    write("roles/r/defaults/main.json", '{"c": 3}')
    role = play_of(write("site.yml", "- hosts: all\n  roles: [r]")).roles[0]
    assert role.vars == {"a": 1, "b": 2}
    assert role.defaults == {"c": 3}


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("meta/main.yml", "dependecies: [x]", "'dependecies'"),
        ("meta/main.yml", "[a]", "must be a mapping"),
        ("meta/main.yml", "dependencies: x", "must be a list"),
        ("meta/main.yml", "dependencies: [absent]", "no role 'absent'"),
        ("meta/main.yml", "dependencies: [r]", "need each other: r -> r"),
        ("defaults/main.yml", "[a]", "must be a mapping"),
        ("vars/main.yml", "a-b: 1", "'a-b'"),
        ("tasks/main.yml", "debug:", "must be a list"),
        ("tasks/main.yml", "- debug: {", "not YAML"),
        ("handlers/main.yml", "- block: [{debug: }]", "cannot be a handler"),
        ("meta/argument_specs.yml", "main: {}", "key argument_specs"),
        ("meta/argument_specs.yml", "argument_specs: {main: {options: {x: {typ: int}}}}", "'typ'"),
        (
            "meta/argument_specs.yml",
            "argument_specs: {main: {options: {x: {type: itn}}}}",
            "no type 'itn'",
        ),
        ("vars/main.yml", "$ANSIBLE_VAULT;1.1;AES256", "encrypted"),
    ],
)
def test_complaints_about_a_role(write: Write, file: str, text: str, says: str) -> None:
    write(f"roles/r/{file}", text)
    error = complaint(write("site.yml", "- hosts: all\n  roles: [r]"))
    assert says in error.message
    assert error.at is not None
    assert error.at.file.endswith(file)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("wbe", "no role 'wbe'"),
        ("'{{ x }}'", "needed before anything runs"),
        ("{name: 1}", "names no role"),
        ("[a]", "name or a mapping"),
        ("{role: web, debugger: always}", "not supported"),
        ("{role: web, a-b: x}", "'a-b'"),
    ],
)
def test_complaints_about_an_entry(web: Write, entry: str, says: str) -> None:
    error = complaint(web("site.yml", f"- hosts: all\n  roles:\n    - {entry}\n"))
    assert says in error.message
    assert error.at is not None
    assert error.at.line == 3


def test_a_misspelt_role_is_suggested(web: Write) -> None:
    assert complaint(web("site.yml", "- hosts: all\n  roles: [wbe]")).hint == "did you mean 'web'?"


def test_a_mistake_in_a_role_used_twice_is_told_once(write: Write) -> None:
    write("roles/r/tasks/main.yml", "- nope:")
    path = write("site.yml", "- hosts: all\n  roles: [r, {role: r, x: 1}]")
    assert len(complaints(path)) == 1


def test_argument_specs_become_the_first_task(web: Write) -> None:
    web(
        "roles/web/meta/argument_specs.yml",
        """
        argument_specs:
          main:
            short_description: a web server
            options:
              port: {type: int, required: true}
              paths: {type: list, elements: dict, options: {at: {type: path}}}
        """,
    )
    play = play_of(web("site.yml", "- hosts: all\n  roles: [{role: web, tags: t}]"))
    check, task = tasks_in(play.sections[1])
    assert check.action == "validate_argument_spec"
    assert check.name.endswith("'main' - a web server")
    assert check.args["argument_spec"]["port"] == {"type": "int", "required": True}
    assert check.args["validate_args_context"]["name"] == "web"
    assert check.settings.tags == ("t", "always")
    assert task.settings.tags == ("t",)
    assert check.role is task.role


def test_load_role_for_include_role(web: Write, tmp_path: Path) -> None:
    web("roles/web/meta/main.yml", "dependencies: [base]")
    web("roles/base/tasks/main.yml", say("base"))
    web("roles/web/tasks/other.yml", say("other"))
    web("roles/web/vars/other.yml", "x: 1")
    loaded = load_role(
        "web",
        CATALOG,
        at=AT,
        settings=Settings(tags=("t",)),
        base=tmp_path,
        tasks_from="other",
        vars_from="other.yml",
        params={"p": 1},
    )
    assert messages(loaded.nodes) == ["other"]
    assert [needed.role.name for needed in loaded.dependencies] == ["base"]
    assert [one.role.name for one in loaded.in_order()] == ["base", "web"]
    assert loaded.role.vars == {"x": 1}
    assert loaded.role.params == {"p": 1}
    assert [task.name for task in tasks_in(loaded.handlers)] == ["restart"]
    assert tasks_in(loaded.nodes)[0].settings.tags == ("t",)


@pytest.mark.parametrize("part", ["tasks_from", "vars_from", "defaults_from", "handlers_from"])
def test_a_part_that_is_not_there(web: Write, tmp_path: Path, part: str) -> None:
    named: dict[str, Any] = {part: "absent"}
    with pytest.raises(PlaybookError, match=r"has no .* file 'absent'"):
        load_role("web", CATALOG, at=AT, settings=Settings(), base=tmp_path, **named)


def test_roles_path_comes_after_the_playbooks_own(write: Write, tmp_path: Path) -> None:
    write("mine/roles/r/tasks/main.yml", say("own"))
    write("shared/r/tasks/main.yml", say("shared"))
    write("shared/s/tasks/main.yml", say("s"))
    base, path = tmp_path / "mine", [tmp_path / "shared"]
    for name, said in (("r", "own"), ("s", "s")):
        loaded = load_role(name, CATALOG, at=AT, settings=Settings(), base=base, roles_path=path)
        assert messages(loaded.nodes) == [said]
