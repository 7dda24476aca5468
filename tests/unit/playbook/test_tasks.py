"""Tasks as they are written, and every way of writing them wrongly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from provision.playbook.model import Block
from tests.unit.playbook.support import complaint, complaints, only_task, play_of

Tasks = Callable[[str], Path]


@pytest.mark.parametrize(
    ("text", "action", "args"),
    [
        ("- debug: {msg: hi}", "debug", {"msg": "hi"}),
        ("- debug: msg=hi", "debug", {"msg": "hi"}),
        ("- debug:", "debug", {}),
        ("- ansible.builtin.debug: msg='a b'", "debug", {"msg": "a b"}),
        ("- command: ls -l chdir=/x", "command", {"cmd": "ls -l", "chdir": "/x"}),
        ("- command: echo a=b argv=1", "command", {"cmd": "echo a=b argv=1"}),
        ("- command: {argv: [a, b]}", "command", {"argv": ["a", "b"]}),
        ("- shell: |\n    cat <<E\n    don't\n    E", "shell", {"cmd": "cat <<E\ndon't\nE"}),
        (
            "- command: ls\n  args: {chdir: /x, creates: /y}",
            "command",
            {"cmd": "ls", "chdir": "/x", "creates": "/y"},
        ),
        ("- debug: msg=own\n  args: {msg: extra}", "debug", {"msg": "own"}),
        ("- debug:\n  args: '{{ it }}'", "debug", "{{ it }}"),
        ("- action: debug msg=hi", "debug", {"msg": "hi"}),
        ("- action: {module: copy, dest: /a, src: b}", "copy", {"dest": "/a", "src": "b"}),
        ("- meta: flush_handlers", "meta", {"free_form": "flush_handlers"}),
        ("- set_fact: {a: 1, cacheable: yes}", "set_fact", {"a": 1, "cacheable": True}),
        ("- set_fact: a=1 b={{ c }}", "set_fact", {"a": "1", "b": "{{ c }}"}),
        ("- copy: {path: /x, force: '{{ f }}'}", "copy", {"path": "/x", "force": "{{ f }}"}),
    ],
)
def test_module_and_arguments(tasks: Tasks, text: str, action: str, args: object) -> None:
    task = only_task(tasks(text))
    assert task.action == action
    assert task.args == args


def test_local_action_is_delegated(tasks: Tasks) -> None:
    task = only_task(tasks("- local_action: debug msg=x"))
    assert task.settings.delegate_to == "localhost"


def test_keywords_are_read_and_normalised(tasks: Tasks) -> None:
    task = only_task(
        tasks(
            """
            - name: everything
              debug: {msg: x}
              when: [a, b is defined]
              changed_when: false
              failed_when: [a, b]
              until: a
              retries: "3"
              delay: 1.5
              register: out
              notify: one
              tags: a, b
              become: "yes"
              environment: {A: b}
              async: 10
              poll: 2
            """
        )
    )
    assert task.settings.when == ("a", "b is defined")
    assert task.changed_when == [False]
    assert task.failed_when == ["a", "b"]
    assert (task.until, task.retries, task.delay) == (["a"], 3, 1.5)
    assert task.notify == ("one",)
    assert task.settings.tags == ("a", "b")
    assert task.settings.become is True
    assert task.settings.environment == ({"A": "b"},)
    assert (task.async_, task.poll) == (10, 2)
    assert task.register == "out"
    assert task.retries is not None


def test_unsaid_conditions_stay_unsaid(tasks: Tasks) -> None:
    task = only_task(tasks("- debug:"))
    assert (task.until, task.changed_when, task.failed_when) == (None, None, None)
    assert task.settings.become is None


def test_loops(tasks: Tasks) -> None:
    task = only_task(
        tasks(
            """
            - debug: {msg: x}
              loop: "{{ them }}"
              loop_control: {loop_var: one, index_var: i, label: "{{ one.x }}", extended: yes}
            """
        )
    )
    assert task.loop is not None
    assert (task.loop.items, task.loop.lookup) == ("{{ them }}", None)
    assert (task.loop.loop_var, task.loop.index_var) == ("one", "i")
    assert task.loop.extended is True
    with_task = only_task(tasks("- debug:\n  with_dict: {a: 1}"))
    assert with_task.loop is not None
    assert (with_task.loop.lookup, with_task.loop.items) == ("dict", {"a": 1})


def test_blocks_nest_and_hand_down(tasks: Tasks) -> None:
    path = tasks(
        """
        - name: outer
          when: a
          become: true
          vars: {x: 1}
          tags: t
          block:
            - block:
                - debug:
                  when: b
                  vars: {x: 2}
                  tags: [u]
              become: false
              always: [{debug: {msg: z}}]
          rescue:
            - debug: {msg: y}
        """
    )
    (outer,) = play_of(path).sections[2]
    assert isinstance(outer, Block)
    (inner,) = outer.block
    assert isinstance(inner, Block)
    (task,) = inner.block
    assert task.settings.when == ("a", "b")
    assert task.settings.vars == ({"x": 1}, {"x": 2})
    assert task.settings.tags == ("t", "u")
    assert task.settings.become is False
    (rescuing,) = outer.rescue
    assert rescuing.settings.become is True
    assert len(inner.always) == 1


@pytest.mark.parametrize(
    ("text", "line", "column", "says", "hint"),
    [
        ("- debgu: {msg: 1}", 3, 7, "debgu", "'debug'"),
        ("- community.docker.docker_swam:", 3, 7, "docker_swam", "docker_swarm'"),
        ("- debug:\n  wen: x", 4, 7, "wen", "'when'"),
        ("- debug:\n  msg: x", 4, 7, "msg", "indent it below 'debug:'"),
        ("- debug:\n  hosts: x", 4, 7, "hosts", "stands on a play"),
        ("- debug: {mgs: x}", 3, 15, "unsupported parameter 'mgs'", "'msg'"),
        ("- debug:\n    msg: a\n    verbosity: lots", 5, 9, "not a number", None),
        ("- copy: {src: a}", 3, 7, "missing required parameter 'dest'", None),
        ("- copy:\n    dest: a\n    parts:\n      - size: x", 6, 13, "size", None),
        ("- copy: {dest: a}\n  debug: {}", 4, 7, "'copy' and 'debug'", "two tasks"),
        ("- debug: {}\n  action: copy", 4, 7, "'debug' and 'action'", None),
        ("- name: nothing", 3, 7, "names no module", None),
        ("- just text", 3, 7, "must be a mapping", None),
        ("- debug: text", 3, 14, "not the text 'text'", "key=value"),
        ("- debug: [a]", 3, 14, "not a list", None),
        ("- action: nope x=1", 3, 7, "'nope'", None),
        ("- action: '{{ m }} x=1'", 3, 7, "cannot be a template", "when"),
        ("- include: x.yml", 3, 7, "not supported", "include_tasks"),
        ("- import_playbook: x.yml", 3, 7, "among the plays", "import_tasks"),
        ("- block: []", 3, 7, "empty", None),
        ("- rescue: [{debug: }]", 3, 7, "needs a 'block'", None),
        ("- block: [{debug: }]\n  loop: [1]", 4, 7, "'loop' is not a keyword", "include_tasks"),
        ("- block: [{debug: }]\n  register: x", 4, 7, "'register'", "the tasks inside"),
        ("- debug:\n  sudo: yes", 4, 7, "'sudo' is not a keyword of a task", "become: true"),
        ("- copy: {source: a, dest: b}", 3, 14, "'source'", "'src'"),
        ("- debug:\n  loop: [1]\n  with_items: [2]", 5, 7, "two loops", None),
        ("- debug:\n  loop: them", 4, 13, "must be a list", "{{ them }}"),
        ("- debug:\n  loop: {a: 1}", 4, 13, "must be a list", "dict2items"),
        ("- debug:\n  loop: [1]\n  loop_control: {lop_var: x}", 5, 22, "lop_var", "'loop_var'"),
        ("- debug:\n  register: a-b", 4, 17, "variable's name", None),
        ("- debug:\n  register: '{{ x }}'", 4, 17, "variable's name", None),
        ("- debug:\n  vars: {a-b: 1}", 4, 14, "'a-b'", None),
        ("- debug:\n  vars: [a]", 4, 13, "mapping", None),
        ("- debug:\n  when: {a: b}", 4, 13, "condition", "quote"),
        ("- debug:\n  failed_when:", 4, 7, "condition", None),
        ("- debug:\n  tags:", 4, 7, "labels", "leave it out"),
        ("- debug:\n  become: perhaps", 4, 15, "true, false or a template", None),
        ("- debug:\n  retries: many", 4, 16, "whole number", None),
        ("- debug:\n  debugger: on_failed", 4, 7, "not supported", "-v"),
        ("- debug:\n  listen: x", 4, 7, "'listen' is not a keyword of a task", None),
        ("- debug: {msg: '{{ a'}", 3, 20, "syntax error", "}}"),
        ("- debug: {msg: '{{ a b }}'}", 3, 20, "syntax error", None),
        ("- debug:\n  when: a ==", 4, 13, "syntax error", None),
        ("- debug:\n  until: (a", 4, 14, "syntax error", None),
        ("- debug:\n  changed_when: [ok, 'a b']", 4, 26, "syntax error", None),
        ("- debug:\n  vars: {a: ['{% if %}']}", 4, 18, "syntax error", None),
        ("- debug: {msg: '{{ a | defualt(1) }}'}", 3, 20, "no filter 'defualt'", "'default'"),
        ("- debug:\n  when: a is defind", 4, 13, "no test 'defind'", "'defined'"),
        ("- debug:\n  when: lookup('evn', 'A')", 4, 13, "no lookup 'evn'", "'env'"),
        ("- debug:\n  with_itms: [1]", 4, 7, "no lookup 'itms'", "'items'"),
        ("- debug:\n  with_: [1]", 4, 7, "no lookup ''", None),
        ("- name: '{{ x'\n  debug:", 3, 13, "syntax error", None),
        ("- command: ls\n  args: '{{ x }}'", 4, 7, "cannot be combined", None),
        ("- module_defaults: {cpy: {}}\n  debug:", 3, 25, "no module 'cpy'", "'copy'"),
        ("- module_defaults: {group/nonesuch: {}}\n  debug:", 3, 25, "group", "name each"),
        ("- 7: x", 3, 7, "'7'", None),
    ],
)
def test_complaints(
    tasks: Tasks, text: str, line: int, column: int, says: str, hint: str | None
) -> None:
    error = complaint(tasks(text))
    assert error.at is not None
    assert Path(error.at.file).name == "site.yml"
    assert (error.at.line, error.at.column) == (line, column)
    assert says in error.message
    assert (hint or "") in (error.hint or "")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("- shell: |\n    one\n    two {{ x\n", 5),
        ("- shell: >\n    one {{ x\n\n    two\n", 3),
        ('- shell: "one\n\n    {{ x"\n', 3),
    ],
)
def test_a_mistake_in_a_long_text_names_its_line_where_that_is_sure(
    tasks: Tasks, text: str, line: int
) -> None:
    error = complaint(tasks(text))
    assert error.at is not None
    assert error.at.line == line


@pytest.mark.parametrize(
    "text",
    [
        '- debug: {msg: "{{ a | ansible.builtin.combine(b) | to_nice_json }}"}',
        "- debug: {msg: \"{{ query('ansible.builtin.fileglob', '*.x') }}\"}",
        "- debug:\n  when: a is ansible.builtin.match('x') and b is succeeded",
        "- debug:\n  with_ansible.builtin.dict: {a: 1}",
    ],
)
def test_full_names_inside_templates(tasks: Tasks, text: str) -> None:
    only_task(tasks(text))


def test_unsafe_text_and_vault_text_are_no_templates(tasks: Tasks) -> None:
    task = only_task(tasks("- debug: {msg: !unsafe '{{ a'}"))
    assert task.args == {"msg": "{{ a"}
    only_task(tasks("- debug: {verbosity: !vault 'abc'}"))


def test_one_pass_finds_every_mistake(tasks: Tasks) -> None:
    found = complaints(
        tasks(
            """
            - debgu: {}
            - debug: {msg: fine}
            - block:
                - copy: {}
                - debug: {mgs: 1}
              rescue:
                - nope:
            """
        )
    )
    assert [error.at.line for error in found if error.at] == [3, 6, 7, 9]


def test_several_mistakes_are_rendered_together(tasks: Tasks) -> None:
    first = complaints(tasks("- debgu:\n- coyp:"))[0]
    shown = first.render()
    assert "'debgu'" in shown
    assert "'coyp'" in shown


def test_module_defaults_satisfy_what_is_required(tasks: Tasks) -> None:
    path = tasks(
        "- block: [{copy: {src: a}}]\n  module_defaults: {ansible.builtin.copy: {dest: /x}}"
    )
    (block,) = play_of(path).sections[2]
    assert block.settings.module_defaults == ({"copy": {"dest": "/x"}},)
