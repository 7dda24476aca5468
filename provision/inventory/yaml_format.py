"""YAML inventories: a mapping of groups, each with hosts, vars and children.

https://docs.ansible.com/ansible/latest/plugins/inventory/yaml.html
"""

from __future__ import annotations

from typing import Any

from provision.errors import InventoryError, Location, did_you_mean
from provision.inventory.model import Group
from provision.inventory.store import Store
from provision.inventory.varfiles import kind
from provision.located import location_of

_KEYS = ("hosts", "vars", "children")


def read_yaml(data: Any, file: str, store: Store) -> None:
    """Add what a parsed YAML inventory says to the store.

    Raises:
        InventoryError: another shape than groups with hosts, vars and children; with its place.
    """
    at = location_of(data) or Location(file, 1, 1)
    if not isinstance(data, dict) or not data:
        raise InventoryError(
            f"a YAML inventory is a mapping of groups, not a {kind(data)}",
            at=at,
            hint="it begins with 'all:' or with the name of a group",
        )
    if "plugin" in data and not isinstance(data["plugin"], dict | None):
        raise InventoryError(
            f"the inventory plugin '{data['plugin']}' is not supported",
            at=_key_at(data, "plugin") or at,
            hint="an executable script that answers --list with JSON is",
        )
    for name, body in data.items():
        _group(name, body, _key_at(data, name) or at, store)


def _key_at(mapping: Any, key: Any) -> Location | None:
    return getattr(mapping, "key_at", {}).get(key)


def _group(name: Any, body: Any, at: Location, store: Store) -> Group:
    if not isinstance(name, str):
        raise InventoryError(f"the group name {name!r} is not a string", at=at)
    group = store.group(name, at)
    if body is None:
        return group
    if not isinstance(body, dict):
        raise InventoryError(
            f"the group '{name}' is a {kind(body)}, but a group has hosts, vars and children",
            at=location_of(body) or at,
        )
    for key in body:
        if key not in _KEYS:
            raise InventoryError(
                f"the group '{name}' has an unknown key '{key}'",
                at=_key_at(body, key),
                hint=did_you_mean(str(key), _KEYS)
                or "a group has hosts, vars and children; other groups go under children",
            )
    for variable, value in _entries(body, "vars", name).items():
        store.set_group_var(group, variable, value, _key_at(body["vars"], variable))
    for child, its_body in _entries(body, "children", name).items():
        its_at = _key_at(body["children"], child) or at
        store.relate(group, _group(child, its_body, its_at, store), its_at)
    for pattern, variables in _entries(body, "hosts", name).items():
        _host(pattern, variables, group, _key_at(body["hosts"], pattern) or at, store)
    return group


def _entries(body: dict[Any, Any], key: str, group: str) -> dict[Any, Any]:
    value = body.get(key)
    if value is None:
        return {}
    if isinstance(value, str) and key != "vars":
        return {value: None}
    if not isinstance(value, dict):
        raise InventoryError(
            f"'{key}' of the group '{group}' is a mapping, not a {kind(value)}",
            at=location_of(value) or _key_at(body, key),
            hint="write each as 'name:' on a line of its own, without a dash",
        )
    return value


def _host(pattern: Any, variables: Any, group: Group, at: Location, store: Store) -> None:
    if not isinstance(pattern, str):
        raise InventoryError(
            f"the host name {pattern!r} is not a string", at=at, hint=f'quote it: "{pattern}"'
        )
    if not isinstance(variables, dict | None):
        raise InventoryError(
            f"the variables of '{pattern}' are a mapping, not a {kind(variables)}",
            at=location_of(variables) or at,
        )
    for name in variables or ():
        if not isinstance(name, str):
            raise InventoryError(
                f"the variable name {name!r} is not a string", at=_key_at(variables, name)
            )
    for host in store.name_hosts(pattern, group, at):
        host.vars.update(variables or {})
