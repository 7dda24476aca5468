"""``diff`` of a result as unified diff lines."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from provision.report.text import as_yaml, clean


def diff_lines(diff: Any) -> list[str]:
    """The lines of a unified diff; none where nothing differs.

    Parameters:
        diff: a mapping with before, after and their headers, or with ``prepared`` text; or a
            list of such.
    """
    if isinstance(diff, (list, tuple)):
        return [line for entry in diff for line in diff_lines(entry)]
    if not isinstance(diff, Mapping):
        return []
    if diff.get("prepared"):
        return clean(str(diff["prepared"])).rstrip("\n").split("\n")
    if "before" not in diff and "after" not in diff:
        return []
    before, after = _lines(diff.get("before")), _lines(diff.get("after"))
    lines = difflib.unified_diff(
        before,
        after,
        _header("before", diff.get("before_header")),
        _header("after", diff.get("after_header")),
        lineterm="",
    )
    return [line.rstrip("\n") for line in lines]


def _header(which: str, name: Any) -> str:
    return f"{which}: {clean(str(name))}" if name else which


def _lines(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    text = clean(value) if isinstance(value, str) else as_yaml(value)
    lines = text.split("\n")
    if lines[-1] == "":
        return lines[:-1]
    if isinstance(value, str):
        return [*lines[:-1], lines[-1] + "\n\\ No newline at end of file"]
    return lines
