"""import_tasks and import_playbook, resolved at load; include_tasks, later."""

from __future__ import annotations

import pytest

from provision.errors import PlaybookError
from provision.playbook import load_playbook, load_tasks
from provision.playbook.model import Settings
from tests.unit.playbook.support import (
    CATALOG,
    Write,
    complaint,
    only_task,
    play_of,
    tasks_in,
)


def test_imported_tasks_inherit_all_of_the_import(write: Write) -> None:
    write("sub/more.yml", "- debug: {msg: one}\n  when: b\n- import_tasks: most.yml")
    write("sub/most.yml", "- debug: {msg: two}")
    path = write(
        "site.yml",
        """
        - hosts: all
          tasks:
            - import_tasks: sub/more.yml
              when: a
              tags: t
              vars: {x: 1}
              become: true
        """,
    )
    one, two = tasks_in(play_of(path).sections[2])
    assert one.settings.when == ("a", "b")
    assert two.settings.when == ("a",)
    assert two.settings.tags == ("t",)
    assert two.settings.vars == ({"x": 1},)
    assert two.settings.become is True
    assert one.file.name == "more.yml"


@pytest.mark.parametrize(
    ("task", "says", "hint"),
    [
        (
            "import_tasks: '{{ x }}.yml'",
            "needed before anything runs, but 'x' is undefined",
            "include_tasks",
        ),
        ("import_tasks: absent.yml", "no task file 'absent.yml'", "looked in"),
        ("import_tasks: mor.yml", "no task file", "'more.yml'"),
        (
            "import_role: {name: '{{ x }}'}",
            "needed before anything runs, but 'x' is undefined",
            "include_role",
        ),
        ("import_role: {name: absent}", "no role 'absent'", "looked in"),
        ("import_role: {name: a.b.c}", "no role 'a.b.c'", "collection install a.b"),
        ("import_tasks: {file: more.yml, apply: {}}", "unsupported parameter 'apply'", ""),
    ],
)
def test_imports_need_what_is_known(write: Write, task: str, says: str, hint: str) -> None:
    write("more.yml", "- debug:")
    error = complaint(write("site.yml", f"- hosts: all\n  tasks:\n    - {task}\n"))
    assert says in error.message
    assert hint in (error.hint or "")
    assert error.at is not None
    assert error.at.line == 3


@pytest.mark.parametrize("keyword", ["loop: [1]", "register: x", "until: x", "with_items: [1]"])
def test_imports_do_not_run(write: Write, keyword: str) -> None:
    write("more.yml", "- debug:")
    path = write(
        "site.yml", f"- hosts: all\n  tasks:\n    - import_tasks: more.yml\n      {keyword}"
    )
    error = complaint(path)
    assert keyword.split(":", maxsplit=1)[0] in error.message
    assert error.hint == "use include_tasks"


def test_a_file_that_imports_itself(write: Write) -> None:
    write("a.yml", "- import_tasks: b.yml")
    write("b.yml", "- import_tasks: a.yml")
    error = complaint(write("site.yml", "- hosts: all\n  tasks: [{import_tasks: a.yml}]"))
    assert "a.yml -> b.yml -> a.yml" in error.message


def test_include_says_what_its_tasks_inherit(write: Write) -> None:
    task = only_task(
        write(
            "site.yml",
            """
            - hosts: all
              become: true
              tags: play
              tasks:
                - include_tasks:
                    file: "{{ which }}.yml"
                    apply: {tags: applied, become: false, when: inner}
                  when: outer
                  tags: own
                  vars: {x: 1}
            """,
        )
    )
    assert task.args == {"file": "{{ which }}.yml"}
    assert task.settings.when == ("outer",)
    assert task.settings.tags == ("play", "own")
    assert task.apply is not None
    assert task.apply.when == ("inner",)
    assert task.apply.tags == ("play", "applied")
    assert task.apply.become is False
    assert task.apply.vars == ({"x": 1},)


@pytest.mark.parametrize(
    ("apply", "says"),
    [
        ("{loop: [1]}", "'loop' is not a keyword of a block"),
        ("{block: []}", "cannot have 'block'"),
        ("'{{ x }}'", "must be a mapping"),
    ],
)
def test_apply_takes_what_can_be_handed_down(write: Write, apply: str, says: str) -> None:
    text = f"- hosts: all\n  tasks:\n    - include_tasks: {{file: a.yml, apply: {apply}}}\n"
    assert says in complaint(write("site.yml", text)).message


def test_load_tasks_inherits_what_it_is_handed(write: Write) -> None:
    write("roles/r/tasks/main.yml", "- debug: {msg: from the role}")
    write("roles/r/handlers/main.yml", "- name: h\n  debug:")
    path = write("more.yml", "- debug: {msg: x}\n  tags: own\n- import_role: {name: r}")
    handed = Settings(tags=("outer",), become=True)
    nodes = load_tasks(path, CATALOG, settings=handed, role=None)
    first, second = tasks_in(nodes)
    assert first.settings.tags == ("outer", "own")
    assert second.settings.become is True
    assert [role.name for role in nodes.roles] == ["r"]
    assert [task.name for task in tasks_in(nodes.handlers)] == ["h"]


def test_load_tasks_of_a_file_that_is_not_there(write: Write) -> None:
    path = write("x.yml", "").with_name("absent.yml")
    with pytest.raises(PlaybookError, match="cannot read"):
        load_tasks(path, CATALOG, settings=Settings(), role=None)


def test_imported_playbooks_stand_in_order_and_inherit(write: Write) -> None:
    write("sub/roles/r/tasks/main.yml", "- debug: {msg: role beside its playbook}")
    write(
        "sub/other.yml",
        "- hosts: web\n  vars: {x: theirs, y: 2}\n  roles: [r]\n- import_playbook: third.yml\n",
    )
    write("sub/third.yml", "- hosts: db\n  tasks: [{debug: }]\n")
    path = write(
        "site.yml",
        """
        - hosts: first
        - ansible.builtin.import_playbook: sub/other.yml
          vars: {x: ours}
          when: a
          tags: t
        """,
    )
    first, web, db = load_playbook(path, CATALOG).plays
    assert [play.hosts for play in (first, web, db)] == ["first", "web", "db"]
    assert web.vars == {"x": "ours", "y": 2}
    assert db.vars == {"x": "ours"}
    (task,) = tasks_in(web.sections[1])
    assert task.settings.when == ("a",)
    assert task.settings.tags == ("t",)
    assert task.settings.vars == ()
    assert db.settings.when == ("a",)
    assert first.settings.when == ()


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("import_playbook: absent.yml", "no playbook"),
        ("import_playbook: '{{ x }}.yml'", "needed before anything runs"),
        ("import_playbook: site.yml", "imports itself"),
        ("import_playbook:", "names no file"),
        ("{import_playbook: x.yml, hosts: all}", "cannot have 'hosts'"),
    ],
)
def test_playbooks_that_cannot_be_imported(write: Write, entry: str, says: str) -> None:
    assert says in complaint(write("site.yml", f"- {entry}\n")).message


def test_names_may_be_made_of_what_is_known(write: Write) -> None:
    write("one.yml", "- debug: {msg: one}")
    write("roles/r/tasks/main.yml", "- import_tasks: '{{ own }}.yml'")
    write("roles/r/defaults/main.yml", "own: own")
    write("roles/r/tasks/own.yml", "- debug: {msg: own}")
    write("more.yml", "- hosts: all\n  roles: ['{{ role }}']\n  vars: {role: beaten}")
    path = write(
        "site.yml",
        """
        - hosts: all
          vars: {name: one}
          tasks:
            - import_tasks: "{{ name }}.yml"
            - import_role: {name: "{{ role }}"}
        - import_playbook: "{{ book }}.yml"
          vars: {book: more}
        """,
    )
    first, second = load_playbook(path, CATALOG, extra_vars={"role": "r"}).plays
    assert [task.args["msg"] for task in tasks_in(first.sections[2])] == ["one", "own"]
    assert [role.name for role in second.roles] == ["r"]
