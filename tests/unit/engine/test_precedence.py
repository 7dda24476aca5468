"""Which of several definitions of a variable wins; as ansible-core 2.19 does it."""

from __future__ import annotations

import itertools

import pytest

from tests.unit.engine.harness import Kitchen

# Lowest first. Each is a way to define ``x``.
ORDER = (
    "role defaults",
    "group",
    "host",
    "play vars",
    "vars_files",
    "role vars",
    "block vars",
    "task vars",
    "include_vars",
    "set_fact",
    "role params",
    "extra vars",
)


def run_with(kitchen: Kitchen, ways: set[str]) -> object:
    def when(way: str, text: str) -> str:
        return text if way in ways else ""

    kitchen.write("roles/r/defaults/main.yml", when("role defaults", "x: role defaults") or "{}")
    kitchen.write("roles/r/vars/main.yml", when("role vars", "x: role vars") or "{}")
    kitchen.write("vf.yml", when("vars_files", "x: vars_files") or "{}")
    kitchen.write("iv.yml", when("include_vars", "x: include_vars") or "{}")
    kitchen.write("group_vars/web.yml", when("group", "x: group") or "{}")
    kitchen.write("host_vars/a.yml", when("host", "x: host") or "{}")
    kitchen.write(
        "roles/r/tasks/main.yml",
        f"""
- include_vars: ../../../iv.yml
- set_fact: {{{when("set_fact", "x: set_fact") or "y: 1"}}}
- block:
    - debug: {{msg: "{{{{ x }}}}"}}
      vars: {{{when("task vars", "x: task vars")}}}
  vars: {{{when("block vars", "x: block vars")}}}
""",
    )
    seen = kitchen.play(
        f"""
- hosts: a
  gather_facts: false
  vars: {{{when("play vars", "x: play vars")}}}
  vars_files: [vf.yml]
  roles:
    - {{role: r, {when("role params", "x: role params") or "z: 1"}}}
""",
        extra_vars={"x": "extra vars"} if "extra vars" in ways else {},
    )
    return seen.said("a")[-1]


@pytest.mark.parametrize(("lower", "higher"), list(itertools.pairwise(ORDER)))
def test_the_higher_one_wins(kitchen: Kitchen, lower: str, higher: str) -> None:
    assert run_with(kitchen, {lower}) == lower
    assert run_with(kitchen, {lower, higher}) == higher


def test_vars_of_an_include_beat_set_fact(kitchen: Kitchen) -> None:
    kitchen.write("inc.yml", '- debug: {msg: "{{ x }} {{ y }}"}\n')
    seen = kitchen.tasks(
        """
        - set_fact: {x: fact}
        - include_tasks: inc.yml
          vars: {x: include}
          loop: [1, 2]
          loop_control: {loop_var: y}
        - debug: {msg: "{{ x }}"}
          vars: {x: task}
        """,
        hosts="a",
    )
    assert seen.said("a") == ["include 1", "include 2", "fact"]


def test_facts_beat_the_inventory_and_lose_to_plays(kitchen: Kitchen) -> None:
    kitchen.write("group_vars/all.yml", "ansible_os_family: inventory\n")
    seen = kitchen.play("""
        - hosts: a
          tasks:
            - debug: {msg: "{{ ansible_os_family }} {{ ansible_facts.os_family }}"}
        - hosts: b
          vars: {ansible_os_family: play}
          tasks:
            - debug: {msg: "{{ ansible_os_family }}"}
    """)
    assert seen.said("a") == ["Debian Debian"]
    assert seen.said("b") == ["play"]


def test_an_included_role_s_variables_stay_private_unless_public(kitchen: Kitchen) -> None:
    kitchen.write("roles/r/defaults/main.yml", "d: default\n")
    kitchen.write("roles/r/tasks/main.yml", '- debug: {msg: "{{ d }} {{ role_name }}"}\n')
    seen = kitchen.tasks(
        """
        - include_role: {name: r}
        - debug: {msg: "{{ d | default('gone') }}"}
        - include_role: {name: r, public: true}
        - debug: {msg: "{{ d }}"}
        """,
        hosts="a",
    )
    assert seen.said("a") == ["default r", "gone", "default r", "default"]


def test_magic_variables(kitchen: Kitchen) -> None:
    seen = kitchen.play("""
        - hosts: web
          name: the play
          gather_facts: false
          serial: 1
          tasks:
            - set_fact: {mine: "{{ inventory_hostname }}!"}
            - debug:
                msg:
                  - "{{ inventory_hostname }} {{ group_names }} {{ groups.db }}"
                  - "{{ ansible_play_batch }} {{ ansible_play_hosts_all }}"
                  - "{{ ansible_play_name }} {{ ansible_check_mode }} {{ ansible_version.major }}"
                  - "{{ hostvars['a'].mine }} {{ hostvars.c.group_names }}"
    """)
    assert seen.said("b") == [
        [
            "b ['web'] ['c']",
            "['b'] ['a', 'b']",
            "the play False 2",
            "a! ['db']",
        ]
    ]


def test_keywords_of_a_play_may_be_templates(kitchen: Kitchen) -> None:
    kitchen.write("os_debian.yml", "known: late\n")
    seen = kitchen.play(
        """
        - hosts: "{{ where }}"
          vars: {facts: true}
          gather_facts: "{{ facts }}"
          vars_files: [[missing.yml, os_debian.yml], "os_{{ ansible_os_family | lower }}.yml"]
          tasks:
            - debug: {msg: "{{ known }}"}
        """,
        extra_vars={"where": "db"},
    )
    assert (seen.said("c"), seen.said("a")) == (["late"], [])


def test_what_fails_teaches_nothing(kitchen: Kitchen) -> None:
    seen = kitchen.tasks(
        """
        - set_fact: {x: 1}
          failed_when: true
          ignore_errors: true
        - set_fact: {y: "{{ item }}"}
          loop: [1, 2]
          failed_when: y == 2
          ignore_errors: true
        - set_fact: {z: "{{ z | default([]) + [item] }}"}
          loop: [1, 2]
        - debug: {msg: "{{ [x is defined, y is defined, z] }}"}
        """,
        hosts="a",
    )
    assert seen.said("a") == [[False, False, [1, 2]]]
