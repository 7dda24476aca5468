"""The handlers of a play, and finding the ones a notification means."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence

from provision.playbook.model import Block, Node, Task


class Handlers:
    """A play's handlers in the order of their definition.

    Parameters:
        nodes: what the play and its roles define.
        name_of: a handler's name with its variables filled in, or None where that fails.
    """

    def __init__(self, nodes: Iterable[Node], name_of: Callable[[Task], str | None]) -> None:
        self.tasks: list[Task] = []
        self._name_of = name_of
        self._found: dict[str, Sequence[Task]] = {}
        self.add(nodes)

    def add(self, nodes: Iterable[Node]) -> None:
        """More handlers, from an included role."""
        for node in nodes:
            if isinstance(node, Block):
                self.add(node.block)
            else:
                self.tasks.append(node)
        self._found.clear()

    def named(self, notification: str) -> Sequence[Task]:
        """The handlers that a notification runs: one of that name, and those that listen, one of
        each name."""
        found = self._found.get(notification)
        if found is None:
            found = self._found[notification] = self._search(notification)
        return found

    def names(self) -> list[str]:
        """Everything that can be notified, for suggestions."""
        known = [name for task in self.tasks if (name := self._name_of(task))]
        return known + [str(topic) for task in self.tasks for topic in task.listen]

    def _search(self, notification: str) -> Sequence[Task]:
        tasks = self._latest_list_first()
        found: list[Task] = []
        for task in tasks:
            name = self._name_of(task)
            if not name:
                continue
            role = f"{task.role.name} : {name}" if task.role else name
            if notification in (name, role):
                found.append(task)
                break
        seen: set[str] = set()
        for task in tasks:
            name = self._name_of(task) or ""
            if notification in task.listen and not (name and name in seen):
                seen.add(name)
                if task not in found:
                    found.append(task)
        return found

    def _latest_list_first(self) -> list[Task]:
        """Of one name, what a later list defines counts; within a list, what comes first."""
        lists = [list(group) for _, group in itertools.groupby(self.tasks, lambda t: id(t.role))]
        return [task for each in reversed(lists) for task in each]
