"""Handlers: order, flushes, listen, names, force_handlers; as ansible-core 2.19 does it."""

from __future__ import annotations

from tests.unit.engine.harness import Kitchen

PLAY = """
- hosts: all
  gather_facts: false
  force_handlers: {force}
  handlers:
    - name: one
      debug: {{msg: one}}
      changed_when: true
      notify: [two, zero]
    - name: two
      debug: {{msg: two}}
    - name: zero
      debug: {{msg: zero}}
      listen: topic
    - name: other
      debug: {{msg: other}}
      listen: topic
  tasks:
{tasks}
  post_tasks:
    - debug: {{msg: post}}
"""


def play(tasks: str, force: str = "false") -> str:
    return PLAY.format(tasks=tasks, force=force)


def test_once_per_flush_in_order_of_definition(kitchen: Kitchen) -> None:
    seen = kitchen.play(
        play("""
    - command: "true"
      notify: [topic, one]
    - command: "true"
      notify: one
    - debug: {msg: last task}
""")
    )
    assert seen.said("a") == ["last task", "one", "two", "zero", "other", "post"]


def test_meta_flush_handlers_and_only_on_change(kitchen: Kitchen) -> None:
    seen = kitchen.play(
        play("""
    - command: "true"
      notify: two
      changed_when: inventory_hostname != 'b'
    - meta: flush_handlers
    - debug: {msg: after flush}
""")
    )
    assert seen.said("a") == ["two", "after flush", "post"]
    assert seen.said("b") == ["after flush", "post"]


def test_a_failed_host_loses_its_handlers_unless_forced(kitchen: Kitchen) -> None:
    tasks = """
    - command: "true"
      notify: two
    - fail: {msg: x}
      when: inventory_hostname == 'a'
"""
    assert kitchen.play(play(tasks)).said("a") == []
    forced = kitchen.play(play(tasks, "true"))
    assert forced.said("a") == ["two"]
    assert forced.said("b") == ["two", "post"]
    assert forced.exit_code == 2


def test_the_last_of_one_name_wins(kitchen: Kitchen) -> None:
    kitchen.write("roles/r/handlers/main.yml", "- name: h\n  debug: {msg: of the role}\n")
    kitchen.write("roles/r/tasks/main.yml", "- command: 'true'\n  notify: h\n")
    seen = kitchen.play("""
        - hosts: a
          gather_facts: false
          roles: [r]
          handlers:
            - name: h
              debug: {msg: of the play}
    """)
    assert seen.said("a") == ["of the play"]


def test_a_role_s_handler_by_its_full_name(kitchen: Kitchen) -> None:
    kitchen.write("roles/r/handlers/main.yml", "- name: h\n  debug: {msg: of the role}\n")
    kitchen.write("roles/r/tasks/main.yml", "- command: 'true'\n  notify: 'r : h'\n")
    seen = kitchen.play("""
        - hosts: a
          gather_facts: false
          roles: [r]
          handlers:
            - name: h
              debug: {msg: of the play}
    """)
    assert seen.said("a") == ["of the role"]
    assert "r : h" in seen.titles()


def test_an_unknown_handler_fails_the_task_with_a_suggestion(kitchen: Kitchen) -> None:
    seen = kitchen.play(play("    - command: 'true'\n      notify: too\n"))
    result = seen.results("a")[0]
    assert result["failed"]
    assert result["hint"] == "did you mean 'two'?"


def test_tags_do_not_hold_handlers_back(kitchen: Kitchen) -> None:
    seen = kitchen.play(
        play("    - command: 'true'\n      notify: two\n      tags: x\n"), tags=["x"]
    )
    assert seen.said("a") == ["two"]


def test_every_item_of_a_loop_notifies_when_one_changed(kitchen: Kitchen) -> None:
    seen = kitchen.play("""
        - hosts: a
          gather_facts: false
          handlers:
            - name: h1
              debug: {msg: h1}
            - name: h2
              debug: {msg: h2}
            - name: h3
              debug: {msg: h3}
          tasks:
            - command: "true"
              loop: [1, 2, 3]
              changed_when: item == 2
              when: item != 3
              notify: "h{{ item }}"
    """)
    assert seen.said("a") == ["h1", "h2"]
