"""Mappings: merging, and turning them into lists and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from jinja2.filters import do_dictsort

from provision.errors import TemplateError, did_you_mean
from provision.templating.filters.iteration import flatten
from provision.templating.lazy import finalize

_LIST_MERGES = ("replace", "keep", "append", "prepend", "append_rp", "prepend_rp")


def combine(*terms: Any, recursive: bool = False, list_merge: str = "replace") -> dict[Any, Any]:
    """Mappings merged, later ones over earlier ones.

    Parameters:
        recursive: merge mappings within mappings instead of replacing them.
        list_merge: what becomes of lists under one key: replace, keep, append, prepend, or
            append_rp and prepend_rp, which leave out of the older list what the newer has.
    """
    if list_merge not in _LIST_MERGES:
        raise TemplateError(
            f"list_merge cannot be '{list_merge}'",
            hint=did_you_mean(str(list_merge), _LIST_MERGES) or f"one of {', '.join(_LIST_MERGES)}",
        )
    merged: dict[Any, Any] = {}
    for each in flatten(terms, levels=1):
        if not isinstance(each, Mapping):
            raise TemplateError(
                f"combine takes mappings, not {each!r}", hint="use | dict, or | items2dict"
            )
        merged = _merge(merged, each, recursive, list_merge)
    return merged


def _merge(
    old: Mapping[Any, Any], new: Mapping[Any, Any], recursive: bool, list_merge: str
) -> dict[Any, Any]:
    if not recursive and list_merge == "replace":
        return {**old, **new}
    merged = dict(old)
    for key, value in new.items():
        before = merged.get(key)
        if recursive and isinstance(before, Mapping) and isinstance(value, Mapping):
            merged[key] = _merge(before, value, recursive, list_merge)
        elif isinstance(before, list) and isinstance(value, list):
            merged[key] = _merge_lists(before, value, list_merge)
        else:
            merged[key] = value
    return merged


def _merge_lists(old: list[Any], new: list[Any], how: str) -> list[Any]:
    match how:
        case "keep":
            return old
        case "append":
            return old + new
        case "prepend":
            return new + old
        case "append_rp":
            return [each for each in old if each not in new] + new
        case "prepend_rp":
            return new + [each for each in old if each not in new]
    return new


def dictsort(
    value: Mapping[Any, Any],
    case_sensitive: bool = False,
    by: Literal["key", "value"] = "key",
    reverse: bool = False,
) -> list[Any]:
    """A mapping's pairs in order."""
    return [list(pair) for pair in do_dictsort(value, case_sensitive, by, reverse)]


def dict2items(mapping: Any, key_name: str = "key", value_name: str = "value") -> list[Any]:
    """A mapping as a list of ``{key: ..., value: ...}``."""
    if not isinstance(mapping, Mapping):
        raise TemplateError(f"dict2items takes a mapping, not {finalize(mapping)!r}")
    return [{key_name: key, value_name: value} for key, value in mapping.items()]


def items2dict(items: Any, key_name: str = "key", value_name: str = "value") -> dict[Any, Any]:
    """A list of ``{key: ..., value: ...}`` as a mapping."""
    if isinstance(items, str | Mapping) or not all(isinstance(each, Mapping) for each in items):
        raise TemplateError("items2dict takes a list of mappings")
    for each in items:
        for name in (key_name, value_name):
            if name not in each:
                raise TemplateError(
                    f"an item of items2dict has no '{name}'",
                    hint=f"it has: {', '.join(map(str, each))}",
                )
    return {each[key_name]: each[value_name] for each in items}


def rekey_on_member(data: Any, key: str, duplicates: str = "error") -> dict[Any, Any]:
    """Mappings keyed by one of their own values.

    Parameters:
        duplicates: ``error`` or ``overwrite`` where two have the same value.
    """
    if duplicates not in ("error", "overwrite"):
        raise TemplateError(f"duplicates cannot be '{duplicates}'", hint="error or overwrite")
    made: dict[Any, Any] = {}
    for item in data.values() if isinstance(data, Mapping) else data:
        if not isinstance(item, Mapping) or key not in item:
            raise TemplateError(f"an item of rekey_on_member has no '{key}'")
        if item[key] in made and duplicates == "error":
            raise TemplateError(f"two items have the {key} {item[key]!r}")
        made[item[key]] = item
    return made


def json_query(data: Any, expr: str) -> Any:
    """What a JMESPath expression selects (https://jmespath.org); needs jmespath."""
    try:
        import jmespath  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        raise TemplateError(
            "json_query needs the Python package jmespath", hint="pip install jmespath"
        ) from None
    return jmespath.search(expr, finalize(data))


MAPPINGS: dict[str, Callable[..., Any]] = {
    "combine": combine,
    "dict2items": dict2items,
    "dictsort": dictsort,
    "items2dict": items2dict,
    "rekey_on_member": rekey_on_member,
    "json_query": json_query,
}
