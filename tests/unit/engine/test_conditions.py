"""when, loop, until, changed_when, failed_when, register; as ansible-core 2.19 does it."""

from __future__ import annotations

from typing import Any

import pytest

from provision.engine.events import ItemFinished, Output, Retrying
from tests.unit.engine.harness import Kitchen

CASES: dict[str, tuple[str, list[Any]]] = {
    "register is set when skipped": (
        """
        - debug: {msg: "{{ undefined_variable }}"}
          when: false
          register: it
        - debug: {msg: "{{ it.skipped }} {{ it.changed }} {{ it is skipped }}"}
        """,
        ["True False True"],
    ),
    "an undefined loop with a false when is a skip": (
        """
        - debug: {msg: "{{ item }}"}
          loop: "{{ undefined_list }}"
          when: false
          register: it
        - debug: {msg: "{{ it is skipped }}"}
        """,
        [True],
    ),
    "skipped items stay in results": (
        """
        - command: echo {{ item }}
          loop: [1, 2, 3]
          when: item != 2
          register: it
        - debug: {msg: "{{ it.results | map(attribute='skipped', default='ran') | list }}"}
        """,
        [["ran", True, "ran"]],
    ),
    "an empty loop is a skip": (
        """
        - debug: {msg: "{{ item }}"}
          loop: []
          register: it
        - debug: {msg: "{{ it.skipped }} {{ it.results }}"}
        """,
        ["True []"],
    ),
    "until without retries runs four times": (
        """
        - command: "false"
          register: it
          until: it.rc == 0
          delay: 0
          ignore_errors: true
        - debug: {msg: "{{ it.attempts }} {{ it.failed }}"}
        """,
        ["3 True"],
    ),
    "retries without until wait for success": (
        """
        - command: "false"
          register: it
          retries: 1
          delay: 0
          ignore_errors: true
        - debug: {msg: "{{ it.attempts }}"}
        """,
        [1],
    ),
    "changed_when and failed_when judge": (
        """
        - command: echo hi
          register: it
          changed_when: "'no' in it.stdout"
          failed_when: "'hi' in it.stdout"
          ignore_errors: true
        - debug: {msg: "{{ it.changed }} {{ it.failed }} {{ it.failed_when_result }}"}
        """,
        ["False True True"],
    ),
    "failed_when false keeps changed": (
        """
        - command: "false"
          register: it
          failed_when: false
        - debug: {msg: "{{ it.changed }} {{ it.failed }} {{ it.rc }}"}
        """,
        ["True False 1"],
    ),
    "loop_control": (
        """
        - debug: {msg: "{{ x }}{{ n }}{{ ansible_loop.last }}{{ ansible_loop.revindex }}"}
          loop: [p, q]
          loop_control: {loop_var: x, index_var: n, extended: true}
        """,
        ["p0False2", "q1True1"],
    ),
    "with_items flattens one level": (
        """
        - debug: {msg: "{{ item }}"}
          with_items: [[1, 2], 3]
        """,
        [1, 2, 3],
    ),
    "with_dict": (
        """
        - debug: {msg: "{{ item.key }}={{ item.value }}"}
          with_dict: {a: 1, b: 2}
        """,
        ["a=1", "b=2"],
    ),
    "results are data, not templates": (
        """
        - command: printf '%s' '{% raw %}{{ secret }}{% endraw %}'
          register: it
        - debug: {msg: "{{ it.stdout }}"}
        - set_fact: {again: "{{ it.stdout }}"}
        - debug: {msg: "{{ again }}"}
        """,
        ["{{ secret }}", "{{ secret }}"],
    ),
    "omit leaves a parameter out": (
        """
        - command: {cmd: echo hi, chdir: "{{ nowhere | default(omit) }}"}
          register: it
        - debug: {msg: "{{ it.stdout }}"}
        """,
        ["hi"],
    ),
    "check mode skips what cannot foresee, with its keys": (
        """
        - shell: echo hi
          check_mode: true
          register: it
        - debug: {msg: "{{ it is skipped }} {{ it.rc }} [{{ it.stdout }}] {{ it.stdout_lines }}"}
        """,
        ["True 0 [] []"],
    ),
    "environment": (
        """
        - block:
            - shell: echo $ONE $TWO
              environment: {TWO: "{{ 1 + 1 }}"}
              register: it
          environment: {ONE: 1, TWO: x}
        - debug: {msg: "{{ it.stdout }}"}
        """,
        ["1 2"],
    ),
    "module_defaults": (
        """
        - block:
            - command: pwd
              register: it
          module_defaults:
            command: {chdir: /usr}
        - debug: {msg: "{{ it.stdout }}"}
        """,
        ["/usr"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_semantics(kitchen: Kitchen, name: str) -> None:
    tasks, expected = CASES[name]
    seen = kitchen.tasks(tasks, hosts="a")
    said = [message for message in seen.said("a") if not isinstance(message, dict)]
    expected_last = said[-len(expected) :] if expected else said
    assert expected_last == expected
    assert seen.exit_code == 0


def test_retrying_is_told(kitchen: Kitchen) -> None:
    seen = kitchen.tasks(
        """
        - command: "false"
          register: it
          until: it.rc == 0
          retries: 2
          delay: 0
        """,
        hosts="a",
    )
    assert [(e.attempts, e.retries) for e in seen.of(Retrying)] == [(1, 3), (2, 3)]
    assert seen.exit_code == 2


def test_the_when_of_a_loop_is_seen_per_item(kitchen: Kitchen) -> None:
    seen = kitchen.tasks("- command: echo {{ item }}\n  loop: [1, 2]\n  when: item == 2", hosts="a")
    assert [(e.label, e.status.value) for e in seen.of(ItemFinished)] == [
        ("1", "skipped"),
        ("2", "changed"),
    ]


def test_until_sees_changed_when(kitchen: Kitchen) -> None:
    seen = kitchen.tasks(
        """
        - command: echo x
          register: it
          changed_when: it.attempts | default(1) == 2
          until: it.changed
          retries: 3
          delay: 0
        - debug: {msg: "{{ it.attempts }}"}
        """,
        hosts="a",
    )
    assert seen.said("a") == [2]


def ahead(kitchen: Kitchen, tasks: str) -> list[int]:
    """How many calls had been sent when each was answered."""
    seen = kitchen.tasks(tasks, hosts="a")
    finished = [n for n, e in enumerate(seen.events) if isinstance(e, ItemFinished)]
    told = [n for n, e in enumerate(seen.events) if isinstance(e, Output)]
    assert seen.exit_code == 0
    return [sum(n < end for n in told) for end in finished]


def test_calls_of_an_independent_loop_are_sent_ahead(kitchen: Kitchen) -> None:
    loop = "- command: echo {{ item }}\n  loop: [1, 2, 3]\n"
    assert ahead(kitchen, loop) == [3, 3, 3]
    assert ahead(kitchen, loop + "  register: it\n") == [3, 3, 3]
    assert ahead(kitchen, loop + "  when: item != 2\n") == [2, 2, 2]


def test_a_loop_that_looks_at_its_own_results_takes_turns(kitchen: Kitchen) -> None:
    loop = "- command: echo {{ item }}\n  loop: [1, 2, 3]\n  register: it\n"
    first = "  when: it is not defined or it.stdout | default('1') != '1'\n"
    assert ahead(kitchen, loop + first) == [1, 1, 1]
    stop = "{{ it is defined and it.stdout | default('1') == '1' }}"
    hidden = f'  vars: {{stop: "{stop}"}}\n  when: not stop\n'
    assert ahead(kitchen, loop + hidden)[:2] == [1, 1]
