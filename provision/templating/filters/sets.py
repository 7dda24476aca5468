"""Lists as sets, in the order of their first occurrence."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def _once(values: Iterable[Any]) -> list[Any]:
    items = list(values)
    try:
        return list(dict.fromkeys(items))
    except TypeError:  # unhashable items
        found: list[Any] = []
        for each in items:
            if each not in found:
                found.append(each)
        return found


def _members(values: Iterable[Any]) -> Any:
    items = list(values)
    try:
        return frozenset(items)
    except TypeError:
        return items


def union(a: Iterable[Any], b: Iterable[Any]) -> list[Any]:
    """Everything in either list."""
    return _once([*a, *b])


def intersect(a: Iterable[Any], b: Iterable[Any]) -> list[Any]:
    """Everything in both lists."""
    items, other = list(a), _members(b)
    return [each for each in _once(items) if _in(each, other)]


def difference(a: Iterable[Any], b: Iterable[Any]) -> list[Any]:
    """Everything in the first list and not in the second."""
    items, other = list(a), _members(b)
    return [each for each in _once(items) if not _in(each, other)]


def symmetric_difference(a: Iterable[Any], b: Iterable[Any]) -> list[Any]:
    """Everything in just one of the lists."""
    first, second = list(a), list(b)
    return [*difference(first, second), *difference(second, first)]


def _in(value: Any, members: Any) -> bool:
    try:
        return value in members
    except TypeError:  # an unhashable value is in no set of hashable ones
        return False


SETS: dict[str, Callable[..., Any]] = {
    "union": union,
    "intersect": intersect,
    "difference": difference,
    "symmetric_difference": symmetric_difference,
}
