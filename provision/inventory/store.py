"""What sources fill: hosts and groups under construction, and the relations that must hold."""

from __future__ import annotations

from typing import Any

from provision.errors import InventoryError, Location
from provision.inventory.hostnames import expand
from provision.inventory.model import Group, Host

PRIORITY = "ansible_group_priority"


class Store:
    """Hosts and groups by name, in the order in which sources name them."""

    def __init__(self) -> None:
        self.hosts: dict[str, Host] = {}
        self.groups: dict[str, Group] = {}
        self.source: str | None = None
        self.warnings: list[str] = []
        self.group("all").adopt(self.group("ungrouped"))

    def group(self, name: str, at: Location | None = None) -> Group:
        """The group of this name, made if need be."""
        if not name or not isinstance(name, str):
            raise InventoryError(f"{name!r} is not a group name", at=at)
        return self.groups.setdefault(name, Group(name, at=at))

    def host(self, name: str, at: Location | None = None) -> Host:
        """The host of this name, made if need be."""
        if not name or not isinstance(name, str):
            raise InventoryError(
                f"{name!r} is not a host name",
                at=at,
                hint=f'quote it: "{name}"' if name is not None else None,
            )
        return self.hosts.setdefault(name, Host(name, source=self.source, at=at))

    def name_hosts(self, pattern: str, group: Group, at: Location | None = None) -> list[Host]:
        """Put the hosts that an entry stands for into a group, with its port if it gives one."""
        names, port = expand(pattern, at)
        found = [self.host(name, at) for name in names]
        for host in found:
            group.add(host)
            if port is not None:
                host.vars["ansible_port"] = port
        return found

    def relate(self, parent: Group, child: Group, at: Location | None = None) -> None:
        """Make a group the child of another.

        Raises:
            InventoryError: the groups would form a circle.
        """
        if child.contains(parent):
            raise InventoryError(
                f"the group '{child.name}' cannot be a child of '{parent.name}', "
                "because it contains it",
                at=at,
            )
        parent.adopt(child)

    def set_group_var(self, group: Group, name: str, value: Any, at: Location | None) -> None:
        """Give a group a variable; ``ansible_group_priority`` is its priority instead."""
        if name != PRIORITY:
            group.vars[name] = value
            return
        try:
            group.priority = int(value)
        except (TypeError, ValueError):
            raise InventoryError(f"{PRIORITY} is a number, not {value!r}", at=at) from None

    def settle(self) -> None:
        """Make every group a descendant of ``all``, every lone host one of ``ungrouped``."""
        top, lone = self.groups["all"], self.groups["ungrouped"]
        for group in self.groups.values():
            if group is not top and not group.parents:
                top.adopt(group)
        for host in self.hosts.values():
            if any(group not in (top, lone) for group in host.groups):
                lone.remove(host)
            else:
                lone.add(host)
        for name in self.groups.keys() & self.hosts.keys():
            warning = f"'{name}' is both a group and a host: as a pattern it means the host"
            if warning not in self.warnings:
                self.warnings.append(warning)
