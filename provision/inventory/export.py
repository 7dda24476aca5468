"""The inventory as ``ansible-inventory`` prints it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from provision.inventory.inventory import Inventory
from provision.inventory.model import Group
from provision.located import VaultText


def as_list(inventory: Inventory) -> dict[str, Any]:
    """Groups with their hosts and children, and all hosts' variables under ``_meta``."""
    hostvars = {
        host.name: plain(inventory.variables(host))
        for host in inventory.hosts.values()
        if inventory.variables(host)
    }
    listed: dict[str, Any] = {"_meta": {"hostvars": hostvars}}
    queue = [inventory.groups["all"]]
    while queue:
        group = queue.pop(0)
        if group.name in listed:
            continue
        body: dict[str, list[str]] = {}
        if hosts := [host.name for host in group.hosts]:
            body["hosts"] = hosts
        if children := [child.name for child in _shown(group)]:
            body["children"] = children
        if body:
            listed[group.name] = body
        queue[:0] = _shown(group)
    if len(inventory.groups["all"].hosts) and "all" in listed:
        listed["all"].pop("hosts", None)
    return listed


def as_graph(inventory: Inventory) -> str:
    """Groups and hosts as an indented tree."""
    return "\n".join(_lines(inventory.groups["all"], 0)) + "\n"


def _lines(group: Group, depth: int) -> Iterator[str]:
    yield f"{_indent(depth)}@{group.name}:"
    for child in group.children:
        yield from _lines(child, depth + 1)
    if group.name != "all":
        for host in group.hosts:
            yield f"{_indent(depth + 1)}{host.name}"


def _indent(depth: int) -> str:
    return "  |" * depth + ("--" if depth else "")


def _shown(group: Group) -> list[Group]:
    return [child for child in group.children if child.name != "ungrouped" or child.hosts]


def plain(value: Any) -> Any:
    """A value as JSON can hold it; encrypted ones stay encrypted, as ``__ansible_vault``."""
    if isinstance(value, VaultText):
        return {"__ansible_vault": str(value)}
    if isinstance(value, str):
        return str(value)
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)
