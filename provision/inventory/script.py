"""Executable inventories: they answer ``--list``, and ``--host NAME`` unless there is _meta.

https://docs.ansible.com/ansible/latest/dev_guide/developing_inventory.html#inventory-scripts
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from provision.errors import InventoryError, Location
from provision.inventory.store import Store
from provision.inventory.varfiles import kind

_SHAPE = ("hosts", "vars", "children")
_TIMEOUT = 300


def is_script(path: Path) -> bool:
    """Whether a file is a program: executable, and a script or binary by its first bytes."""
    if not os.access(path, os.X_OK):
        return False
    with path.open("rb") as file:
        return file.read(4).startswith((b"#!", b"\x7fELF"))


def read_script(path: Path, store: Store) -> None:
    """Run an inventory script and add what it says to the store.

    Raises:
        InventoryError: it fails, or answers something else than Ansible's inventory JSON.
    """
    at = Location(str(path))
    data = _ask(path, "--list")
    meta = data.pop("_meta", None)
    if meta is not None and not isinstance(meta, dict):
        raise InventoryError(f"_meta is a mapping, not a {kind(meta)}", at=at)
    named: dict[str, None] = {}
    for name, body in data.items():
        _group(name, body, at, store, named)
    hostvars = meta.get("hostvars") if meta else None
    if hostvars is not None and not isinstance(hostvars, dict):
        raise InventoryError(f"hostvars of _meta is a mapping, not a {kind(hostvars)}", at=at)
    for name in named:
        answer = _ask(path, "--host", name) if hostvars is None else hostvars.get(name) or {}
        if not isinstance(answer, dict):
            raise InventoryError(
                f"the variables of '{name}' are a mapping, not a {kind(answer)}", at=at
            )
        store.hosts[name].vars.update(answer)


def _group(name: str, body: Any, at: Location, store: Store, named: dict[str, None]) -> None:
    group = store.group(name, at)
    if isinstance(body, dict) and body and not any(key in body for key in _SHAPE):
        body = {"hosts": [name], "vars": body}
    parts = {"hosts": body} if isinstance(body, list) else body or {}
    if not isinstance(parts, dict):
        raise InventoryError(f"the group '{name}' is a {kind(body)}", at=at)
    for key, wanted in (("hosts", list), ("vars", dict), ("children", list)):
        if not isinstance(parts.get(key) or wanted(), wanted):
            raise InventoryError(
                f"'{key}' of the group '{name}' is a {kind(parts[key])}",
                at=at,
                hint="hosts and children are lists, vars is a mapping",
            )
    for pattern in parts.get("hosts") or ():
        host = store.host(pattern, at)
        group.add(host)
        named[host.name] = None
    for variable, value in (parts.get("vars") or {}).items():
        store.set_group_var(group, variable, value, at)
    for child in parts.get("children") or ():
        store.relate(group, store.group(child, at), at)


def _ask(path: Path, *arguments: str) -> dict[str, Any]:
    what = " ".join((path.name, *arguments))
    at = Location(str(path))
    try:
        done = subprocess.run(
            [str(path.absolute()), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except OSError as error:
        raise InventoryError(f"cannot run this script: {error.strerror}", at=at) from None
    except subprocess.TimeoutExpired:
        raise InventoryError(f"{what} gave no answer within {_TIMEOUT} s", at=at) from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        why = f": {said[-1]}" if said else " and said nothing"
        raise InventoryError(f"{what} ended with exit code {done.returncode}{why}", at=at)
    try:
        answer = json.loads(done.stdout.decode() or "{}")
    except (ValueError, RecursionError) as error:
        raise InventoryError(f"the answer of {what} is not JSON: {error}", at=at) from None
    if not isinstance(answer, dict):
        raise InventoryError(f"the answer of {what} is a {kind(answer)}, not a mapping", at=at)
    return answer
