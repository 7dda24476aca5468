"""Hosts and groups, and how they hang together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from provision.errors import Location


@dataclass(slots=True, eq=False)
class Host:
    """A host of the inventory.

    Parameters:
        groups: the groups that name it directly; ``all_groups`` has their ancestors too.
        vars: what inventory sources say about it (host_vars files are separate layers).
        source: the inventory source that named it first.
        implicit: ``localhost`` that no source names; it is in no group.
    """

    name: str
    groups: list[Group] = field(default_factory=list)
    vars: dict[str, Any] = field(default_factory=dict)
    source: str | None = None
    implicit: bool = False
    at: Location | None = None

    def __repr__(self) -> str:
        return f"Host({self.name!r})"

    def all_groups(self) -> list[Group]:
        """Its groups and their ancestors, in the order in which variables are merged."""
        found: dict[str, Group] = {}
        for group in self.groups:
            for each in group.lineage():
                found[each.name] = each
        return merge_order(found.values())


@dataclass(slots=True, eq=False)
class Group:
    """A group of the inventory.

    Parameters:
        vars: what inventory sources say about it (group_vars files are separate layers).
        priority: ``ansible_group_priority``; among groups of one depth the higher wins.
        depth: how far below ``all``, by the longest way.
        hosts: the hosts it names directly; ``members`` has its children's too.
    """

    name: str
    vars: dict[str, Any] = field(default_factory=dict)
    priority: int = 1
    depth: int = 0
    children: list[Group] = field(default_factory=list)
    parents: list[Group] = field(default_factory=list)
    hosts: list[Host] = field(default_factory=list)
    at: Location | None = None

    def __repr__(self) -> str:
        return f"Group({self.name!r})"

    def lineage(self) -> Iterator[Group]:
        """The group and its ancestors, each once, nearest first."""
        return _breadth_first(self, lambda group: group.parents)

    def members(self) -> list[Host]:
        """Its hosts and its descendants' hosts, each once, in inventory order."""
        found: dict[str, Host] = {}
        for group in _breadth_first(self, lambda group: group.children):
            for host in group.hosts:
                found.setdefault(host.name, host)
        return list(found.values())

    def contains(self, other: Group) -> bool:
        """Whether ``other`` is this group or a descendant of it."""
        return any(group is self for group in other.lineage())

    def adopt(self, child: Group) -> None:
        """Make ``child`` a child of this group. The caller has ruled out a circle."""
        if child in self.children:
            return
        self.children.append(child)
        child.parents.append(self)
        child.sink(self.depth + 1)

    def sink(self, depth: int) -> None:
        """Lie at least this deep, and push the descendants down."""
        queue = [(self, depth)]
        while queue:
            group, least = queue.pop()
            if least > group.depth:
                group.depth = least
                queue.extend((child, least + 1) for child in group.children)

    def add(self, host: Host) -> None:
        """Name a host in this group."""
        if host not in self.hosts:
            self.hosts.append(host)
        if self not in host.groups:
            host.groups.append(self)

    def remove(self, host: Host) -> None:
        """Name a host no longer."""
        if host in self.hosts:
            self.hosts.remove(host)
            host.groups.remove(self)


def merge_order(groups: Iterable[Group]) -> list[Group]:
    """Groups in the order in which their variables are merged: by depth, priority and name."""
    return sorted(groups, key=lambda group: (group.depth, group.priority, group.name))


def _breadth_first(start: Group, onward: Callable[[Group], list[Group]]) -> Iterator[Group]:
    seen = {start.name}
    level = [start]
    while level:
        yield from level
        following = []
        for group in level:
            for each in onward(group):
                if each.name not in seen:
                    seen.add(each.name)
                    following.append(each)
        level = following
