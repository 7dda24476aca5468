"""Work grows with what there is to do, not with its square: function calls are counted."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import pytest

from tests.unit.engine.harness import Kitchen

Run = Callable[[Kitchen, int], object]


def hosts(count: int) -> str:
    return "[web]\n" + "".join(f"h{n} n={n}\n" for n in range(count)) + 'a d="{{ n | int + 1 }}"\n'


def looped_include(kitchen: Kitchen, size: int) -> object:
    kitchen.write("one.yml", "- set_fact: {last: '{{ item }}'}\n")
    tasks = f"- include_tasks: one.yml\n  loop: '{{{{ range({size}) | list }}}}'\n"
    return kitchen.tasks(tasks, hosts="a")


def registered_loop(kitchen: Kitchen, size: int) -> object:
    tasks = f"""
- set_fact: {{x: "{{{{ item }}}}"}}
  loop: "{{{{ range({size}) | list }}}}"
  register: r
- debug: {{msg: "{{{{ r.results | length }}}}"}}
"""
    return kitchen.tasks(tasks, hosts="a")


def hostvars(kitchen: Kitchen, size: int) -> object:
    text = "{% for h in groups.web %}{{ hostvars[h].n | default('') }}{% endfor %}"
    return kitchen.tasks(f'- debug: {{msg: "{text}"}}', hosts="a", inventory=hosts(size))


def long_template(kitchen: Kitchen, size: int) -> object:
    kitchen.write("long.j2", "{{ inventory_hostname }} {% if true %}x{% endif %}\n" * size)
    return kitchen.tasks("- debug: {msg: \"{{ lookup('template', 'long.j2') }}\"}", hosts="a")


def many_hosts(kitchen: Kitchen, size: int) -> object:
    tasks = "- debug: {msg: '{{ inventory_hostname }}'}\n  when: inventory_hostname != 'a'\n"
    return kitchen.tasks(tasks, hosts="web:!nothing", inventory=hosts(size) + "[nothing]\n")


def many_tasks(kitchen: Kitchen, size: int) -> object:
    return kitchen.tasks("- set_fact: {x: 1}\n" * size, hosts="a")


@pytest.mark.parametrize(
    "run", [looped_include, registered_loop, hostvars, long_template, many_hosts, many_tasks]
)
def test_twice_as_much_is_twice_the_work(kitchen: Kitchen, run: Run) -> None:
    run(kitchen, 3)  # what is done once is done now
    small, middle, large = (calls(partial(run, kitchen, size)) for size in (30, 60, 120))
    # Of something linear the ratio is 2, of something quadratic 4.
    assert (large - middle) / (middle - small) < 2.6


def calls(work: Callable[[], Any]) -> int:
    """How many functions are called meanwhile, in all threads begun since and this one."""
    count = 0

    def called(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    threading.setprofile(called)
    sys.setprofile(called)
    try:
        work()
    finally:
        sys.setprofile(before)
        threading.setprofile(before)
    return count
