"""``--start-at-task``: the first task to run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from provision.playbook.model import Block, Node, Play, Task


def first_task(play: Play, wanted: str) -> int | None:
    """The id of the first task of that name (or pattern), or None if it is not in this play."""
    for task in walk(node for section in play.sections for node in section):
        role = f"{task.role.name} : {task.name}" if task.role else task.name
        if wanted in (task.name, role) or fnmatchcase(task.name, wanted):
            return task.id
    return None


def walk(nodes: Iterable[Node]) -> Iterator[Task]:
    """Every task in blocks, rescues and always, as written."""
    for node in nodes:
        if isinstance(node, Block):
            for part in (node.block, node.rescue, node.always):
                yield from walk(part)
        else:
            yield node
