"""Laying one compose file over another.

Source: https://docs.docker.com/reference/compose-file/merge/
"""

from __future__ import annotations

from typing import Any

from provision.located import LocatedDict, LocatedList

_REPLACED = frozenset({"command", "entrypoint", "test"})
# Lists whose entries are told apart by one of their settings
_KEYED = {
    "ports": ("target", "published", "protocol", "mode"),
    "volumes": ("target",),
    "secrets": ("source",),
    "configs": ("source",),
}


def merge(name: str, below: Any, above: Any) -> Any:
    """What both say of ``name``; where they differ, ``above`` counts."""
    if above is None:
        return below
    if isinstance(below, dict) and isinstance(above, dict):
        return _mappings(below, above)
    if isinstance(below, list) and isinstance(above, list) and name not in _REPLACED:
        return _lists(name, below, above)
    return above


def _mappings(below: dict[Any, Any], above: dict[Any, Any]) -> LocatedDict:
    out = LocatedDict(below)
    out.at = getattr(above, "at", None) or getattr(below, "at", None)
    out.key_at = {**getattr(below, "key_at", {}), **getattr(above, "key_at", {})}
    for key, value in above.items():
        out[key] = merge(str(key), below[key], value) if key in below else value
    return out


def _lists(name: str, below: list[Any], above: list[Any]) -> LocatedList:
    keys = _KEYED.get(name)
    out = LocatedList(below)
    out.at = getattr(above, "at", None)
    for value in above:
        same = [
            position
            for position, other in enumerate(out)
            if (keys and _same(keys, other, value)) or other == value
        ]
        if same:
            out[same[0]] = value
        else:
            out.append(value)
    return out


def _same(keys: tuple[str, ...], one: Any, other: Any) -> bool:
    if not isinstance(one, dict) or not isinstance(other, dict):
        return False
    return all(one.get(key) == other.get(key) for key in keys)
