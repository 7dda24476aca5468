"""What check mode cannot know, and the tasks that rest on it.

A command that did not run has said nothing, so its registered result is empty. A later task that
cannot make sense of that has no fault: it is skipped, with the reason, and so is what rests on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provision.engine.memory import Memory
from provision.engine.results import Result
from provision.playbook.model import Task
from provision.templating import Scope
from provision.templating.names import names_used


def excused(task: Task, scope: Scope, memory: Memory, result: Result) -> Result:
    """The result of a task in check mode; a skip if it failed over values nobody knows yet."""
    if not result.get("failed") or not memory.unforeseen:
        return result
    awaited = sorted(_rests_on(task, scope, memory))
    if not awaited:
        return result
    names = ", ".join(f"'{name}'" for name in awaited)
    return {
        "changed": False,
        "skipped": True,
        "msg": f"check mode does not know {names}, on which this rests: {result.get('msg', '')}",
    }


def remember(task: Task, scope: Scope, memory: Memory, result: Result) -> None:
    """Note which of the variables that a task in check mode has set are guesses."""
    names = [task.register] if task.register else []
    guessed = _is_guess(result)
    if task.action == "set_fact" and isinstance(task.args, Mapping):
        names += [str(name) for name in task.args]
    if not names:
        return
    if guessed or (memory.unforeseen and _rests_on(task, scope, memory)):
        memory.unforeseen.update(names)
    else:
        memory.unforeseen.difference_update(names)


def _is_guess(result: Mapping[str, Any]) -> bool:
    items = result.get("results")
    if isinstance(items, list) and items:
        return any(_is_guess(item) for item in items if isinstance(item, Mapping))
    if result.get("skipped"):
        return "false_condition" not in result
    return bool(result.get("changed"))


def _rests_on(task: Task, scope: Scope, memory: Memory) -> set[str]:
    loop = task.loop.items if task.loop is not None else None
    groups = (task.settings.when, task.changed_when, task.failed_when, task.until)
    conditions = [condition for group in groups for condition in group or ()]
    if task.action == "assert" and isinstance(task.args, Mapping):
        asserted = task.args.get("that")
        conditions += asserted if isinstance(asserted, list) else [asserted]
    written = ["{{ " + condition + " }}" for condition in conditions if isinstance(condition, str)]
    own = [task.args, task.settings.environment, task.settings.delegate_to, loop, written]
    direct = names_used(own)
    if direct is None:
        return set()
    found = set(direct)
    for name in direct:
        found |= scope.uses(name) or frozenset()
    return found & memory.unforeseen
