"""``loop`` and ``with_X``: the items, and the variables each of them brings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from provision.agent.spec import Spec
from provision.engine.actions.registry import ACTIONS
from provision.engine.results import Result
from provision.errors import TaskFailed
from provision.located import LocatedStr, location_of
from provision.playbook.foreign import ForeignSpec
from provision.playbook.model import Loop, Task
from provision.templating import OMIT, Scope, Templar, unsafe
from provision.templating.names import names_used

_TERMS = "_provision_terms"

_NO_LISTS: dict[type, str] = {
    dict: 'a dictionary is looped over with loop: "{{ it | dict2items }}"',
    type(None): 'where there may be nothing write loop: "{{ it | default([], true) }}"',
}

WINDOW = 32
"""Calls of a loop that are under way at the same time."""


@dataclass(slots=True)
class Item:
    """One turn of a loop.

    Parameters:
        variables: what the task sees.
        registered: what its result holds beside the module's.
    """

    loop: Loop
    variables: dict[str, Any]
    registered: dict[str, Any]

    def label(self, templar: Templar, scope: Scope) -> Any:
        """What is shown of the item. Raises TemplateError."""
        if self.loop.label is None:
            return self.variables[self.loop.loop_var]
        return templar.render(self.loop.label, scope)


def items_of(task: Task, scope: Scope, templar: Templar) -> list[Item]:
    """All turns of a task's loop.

    Raises:
        TemplateError: the list cannot be rendered (a variable in it is undefined).
        TaskFailed: it is not a list.
    """
    loop = task.loop
    assert loop is not None
    values = _values(task, loop, scope, templar)
    return [_item(loop, values, number) for number in range(len(values))]


def independent(task: Task, spec: Spec, scope: Scope) -> bool:
    """Whether no turn of a loop can depend on an earlier one's result.

    Their calls may then be sent without waiting for answers: one round trip for the loop. The
    node carries them out in order all the same.
    """
    loop = task.loop
    waits = task.until or task.retries is not None or (loop and (loop.pause or loop.break_when))
    moves = task.settings.delegate_to is not None
    learns = any(name == "ansible_facts" for name, _ in spec.returns)
    if waits or moves or learns or task.action in ACTIONS or isinstance(spec, ForeignSpec):
        return False
    if task.register is None:
        return True
    conditions = ["{{ " + str(condition) + " }}" for condition in task.settings.when]
    direct = names_used([task.args, conditions])
    if direct is None or task.register in direct:
        return False
    behind = [scope.uses(name) for name in direct]
    return all(names is not None and task.register not in names for names in behind)


def _values(task: Task, loop: Loop, scope: Scope, templar: Templar) -> Sequence[Any]:
    found = templar.render(loop.items, scope, at=task.at)
    if loop.lookup is not None:
        terms = found if isinstance(found, list) else [found]
        inner = scope.child({_TERMS: unsafe(terms)})
        query = LocatedStr(f"{{{{ query('{loop.lookup}', *{_TERMS}) }}}}", task.at)
        found = templar.render(query, inner, at=task.at)
    if found is OMIT:
        return []
    if isinstance(found, tuple | set | range):
        found = list(found)
    if not isinstance(found, list):
        raise TaskFailed(
            f"loop must be a list, not {'nothing' if found is None else type(found).__name__}",
            at=location_of(loop.items) or task.at,
            hint=next((hint for kind, hint in _NO_LISTS.items() if isinstance(found, kind)), None),
        )
    items: list[Any] = unsafe(found)
    return items


def _item(loop: Loop, values: Sequence[Any], number: int) -> Item:
    value = values[number]
    variables: dict[str, Any] = {loop.loop_var: value, "ansible_loop_var": loop.loop_var}
    registered = dict(variables)
    if loop.index_var:
        variables[loop.index_var] = number
        variables["ansible_index_var"] = loop.index_var
        registered[loop.index_var] = number
        registered["ansible_index_var"] = loop.index_var
    if loop.extended:
        last = len(values) - 1
        around: dict[str, Any] = {
            "index": number + 1,
            "index0": number,
            "revindex": last - number + 1,
            "revindex0": last - number,
            "first": number == 0,
            "last": number == last,
            "length": len(values),
        }
        if loop.extended_allitems:
            around["allitems"] = list(values)
        if number:
            around["previtem"] = values[number - 1]
        if number < last:
            around["nextitem"] = values[number + 1]
        variables["ansible_loop"] = around
        registered["ansible_loop"] = around
    return Item(loop, variables, registered)


def collected(items: list[Result]) -> Result:
    """The result of a loop. As with Ansible it has ``failed`` only if it failed."""
    out: Result = {"results": items, "changed": False, "skipped": True}
    for item in items:
        out["changed"] = out["changed"] or bool(item.get("changed"))
        out["skipped"] = out["skipped"] and bool(item.get("skipped"))
        if item.get("failed"):
            out["failed"] = True
        if item.get("unreachable"):
            out["unreachable"] = True
        for name in ("warnings", "deprecations"):
            if item.get(name):
                out.setdefault(name, []).extend(item[name])
    if out.get("failed"):
        out["msg"] = "One or more items failed"
    elif out.get("unreachable"):
        out["msg"] = "One or more items were unreachable"
    else:
        out["msg"] = "All items skipped" if out["skipped"] else "All items completed"
    return out
