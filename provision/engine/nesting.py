"""Includes inside includes: a file or a role that includes itself must end at some time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provision.errors import TaskFailed

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.cursor import Included
    from provision.playbook.model import Task

LIMIT = 500
"""Includes inside one another. Playbooks that try again by including themselves stay below."""


def refuse_endless(context: Context) -> None:
    """Raises TaskFailed: as many includes as ``LIMIT`` are around this one."""
    cursor = context.play.cursors.get(context.host)
    around = cursor.included if cursor is not None else None
    if around is None or around.depth < LIMIT:
        return
    raise TaskFailed(
        f"{around.depth} includes inside one another: {_chain(around, context.task)}",
        at=context.task.at,
        hint="what includes itself needs a `when` on the include that is false at some time",
    )


def _chain(around: Included, task: Task) -> str:
    """The way from this include back to itself, by places."""
    places = [str(task.at)]
    met: Included | None = around
    while met is not None and (len(places) < 2 or places[0] != places[-1]):
        places.insert(0, str(met.task.at))
        met = met.outer
    return " -> ".join(places)
