"""Lists of Engine objects: filters as people write them, and entries without the detail."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence


def filters(given: Optional[Mapping[str, Any]]) -> Optional[Dict[str, List[str]]]:
    """The Engine's ``filters``: every value a list of strings; None when there are none.

    Parameters:
        given: name -> value or list of values, booleans allowed.
    """
    if not given:
        return None
    out = {}
    for key, value in given.items():
        values = value if isinstance(value, list) else [value]
        out[str(key)] = [_text(item) for item in values]
    return out


def brief(items: Optional[Sequence[Mapping[str, Any]]], keys: Sequence[str]) -> List[Any]:
    """Of each item only these keys, where it has them."""
    return [{key: item[key] for key in keys if key in item} for item in items or ()]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
