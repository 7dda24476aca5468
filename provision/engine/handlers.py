"""The handlers of a play, and finding the ones a notification means."""

from __future__ import annotations

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
        """The handlers that a notification runs: the last of that name, and all that listen."""
        found = self._found.get(notification)
        if found is None:
            found = self._found[notification] = self._search(notification)
        return found

    def names(self) -> list[str]:
        """Everything that can be notified, for suggestions."""
        known = [name for task in self.tasks if (name := self._name_of(task))]
        return known + [str(topic) for task in self.tasks for topic in task.listen]

    def _search(self, notification: str) -> Sequence[Task]:
        found: list[Task] = []
        for task in reversed(self.tasks):
            name = self._name_of(task)
            if not name:
                continue
            role = f"{task.role.name} : {name}" if task.role else name
            if notification in (name, role):
                found.append(task)
                break
        found.extend(t for t in self.tasks if notification in t.listen and t not in found)
        return found
