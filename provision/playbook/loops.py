"""``loop``, ``with_X`` and ``loop_control``."""

from __future__ import annotations

from typing import Any

from provision.errors import Location, PlaybookError, did_you_mean
from provision.located import LocatedDict, location_of
from provision.playbook import values
from provision.playbook.expressions import check_condition, check_lookup, check_templates
from provision.playbook.inheritance import read_keyword
from provision.playbook.model import Loop
from provision.playbook.values import key_place

_CONTROL = {
    "loop_var": values.identifier,
    "index_var": values.identifier,
    "label": values.anything,
    "pause": values.number,
    "extended": values.boolean,
    "extended_allitems": values.boolean,
    "break_when": values.conditions,
}


def read_loop(data: LocatedDict, at: Location) -> Loop | None:
    """A task's loop.

    Raises:
        PlaybookError: two loops, items that are no list, an unknown loop_control key.
    """
    written = [
        key for key in data if isinstance(key, str) and (key == "loop" or key.startswith("with_"))
    ]
    if len(written) > 1:
        raise PlaybookError(
            f"this task has two loops: '{written[0]}' and '{written[1]}'",
            at=key_place(data, written[1], at),
            hint="keep one; for all combinations use the product filter",
        )
    if not written:
        _control(data, at)  # roles have it without a loop, and mean nothing by it
        return None
    key = written[0]
    place = key_place(data, key, at)
    lookup = None if key == "loop" else key.removeprefix("with_")
    if lookup is not None:
        check_lookup(key, lookup, place)
    items = data[key] if lookup is not None else read_keyword("loop", data, "task", at)
    if items is None:
        raise PlaybookError(f"{key} is empty", at=place)
    check_templates(key, items, place)
    return Loop(items=items, lookup=lookup and lookup.rpartition(".")[2], **_control(data, at))


def _control(data: LocatedDict, at: Location) -> dict[str, Any]:
    if "loop_control" not in data:
        return {}
    said = read_keyword("loop_control", data, "task", at)
    place = location_of(said) or key_place(data, "loop_control", at)
    control: dict[str, Any] = {}
    for key, value in said.items():
        here = key_place(said, key, place)
        name = f"loop_control: {key}"
        if key not in _CONTROL:
            hint = did_you_mean(str(key), _CONTROL) or f"supported: {', '.join(_CONTROL)}"
            raise PlaybookError(f"loop_control has no '{key}'", at=here, hint=hint)
        control[key] = _CONTROL[key](name, value, location_of(value) or here)
        if key == "break_when":
            for condition in control[key]:
                check_condition(name, condition, here)
        else:
            check_templates(name, value, here)
    return control
