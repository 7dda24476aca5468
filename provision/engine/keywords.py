"""Keywords that may be templates: as a truth or a number."""

from __future__ import annotations

from typing import Any

from provision.engine.truth import truth
from provision.errors import Location, TaskFailed
from provision.templating import Scope, Templar, is_template


def flag(value: Any, scope: Scope, templar: Templar, otherwise: bool = False) -> bool:
    """A keyword's truth; ``otherwise`` where it says nothing.

    Raises:
        TemplateError: its template fails.
        InventoryError: it is neither true nor false.
    """
    if value is None:
        return otherwise
    if isinstance(value, bool):
        return value
    return truth(templar.render(value, scope) if is_template(value) else value)


def number(
    name: str, value: Any, scope: Scope, templar: Templar, at: Location | None
) -> float | None:
    """A keyword's number, or None where it says nothing.

    Raises:
        TemplateError: its template fails.
        TaskFailed: it is no number.
    """
    if value is None:
        return None
    found = templar.render(value, scope, at=at) if is_template(value) else value
    try:
        return float(found)
    except (TypeError, ValueError):
        raise TaskFailed(f"{name}: {found!r} is not a number", at=at) from None
