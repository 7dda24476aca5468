"""The part of Go's templates that people use with --format: fields, and json of them.

https://pkg.go.dev/text/template
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from provision.errors import UsageError, did_you_mean

_ACTION = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}")
_FIELD = re.compile(r"(?:(json|prettyjson)\s+)?\.((?:\w+(?:\.\w+)*)?)")
_ESCAPES = {r"\t": "\t", r"\n": "\n"}


def render(template: str, value: Mapping[str, Any]) -> str:
    """The template with the value's fields in place.

    Raises:
        UsageError: an unknown field, or more than fields and json.
    """
    for escape, character in _ESCAPES.items():
        template = template.replace(escape, character)
    return _ACTION.sub(lambda match: _action(match[1], value), template)


def aligned(lines: Sequence[str]) -> list[str]:
    """Lines whose columns, which tabs separate, are as wide as their widest cell."""
    rows = [line.split("\t") for line in lines]
    widths: dict[int, int] = {}
    for row in rows:
        for place, cell in enumerate(row):
            widths[place] = max(widths.get(place, 0), len(cell))
    return [
        "   ".join(cell.ljust(widths[place]) for place, cell in enumerate(row)).rstrip()
        for row in rows
    ]


def _action(text: str, value: Mapping[str, Any]) -> str:
    match = _FIELD.fullmatch(text)
    if match is None:
        raise UsageError(
            f"--format: {{{{{text}}}}} is not understood",
            hint="{{.Field}}, {{.Field.Inner}}, {{json .Field}} and {{json .}} are",
        )
    found = _look_up(match[2], value)
    if match[1]:
        return json.dumps(found, indent=4 if match[1] == "prettyjson" else None)
    if found is None:
        return ""
    if isinstance(found, bool):
        return str(found).lower()
    return str(found)


def _look_up(path: str, value: Mapping[str, Any]) -> Any:
    found: Any = value
    for name in filter(None, path.split(".")):
        if not isinstance(found, Mapping) or name not in found:
            known = list(found) if isinstance(found, Mapping) else []
            raise UsageError(
                f"--format: there is no field .{path}",
                hint=did_you_mean(name, known) or f"there are: {', '.join(known) or 'none'}",
            )
        found = found[name]
    return found
