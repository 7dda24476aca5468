"""Comparing versions: loose by default, strict, semantic (semver.org) or PEP 440."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import total_ordering
from typing import Any

from provision.errors import TemplateError, did_you_mean

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    **dict.fromkeys(("==", "=", "eq"), operator.eq),
    **dict.fromkeys(("<", "lt"), operator.lt),
    **dict.fromkeys(("<=", "le"), operator.le),
    **dict.fromkeys((">", "gt"), operator.gt),
    **dict.fromkeys((">=", "ge"), operator.ge),
    **dict.fromkeys(("!=", "<>", "ne"), operator.ne),
}
_TYPES = ("loose", "strict", "semver", "semantic", "pep440")
_STRICT = r"(\d+)\.(\d+)(?:\.(\d+))?(?:([ab])(\d+))?"
_SEMVER = r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?"


def version(
    value: Any,
    version: Any,
    operator: str = "eq",
    strict: bool | None = None,
    version_type: str | None = None,
) -> bool:
    """Whether one version stands to another as the operator says.

    Parameters:
        operator: one of == < <= > >= != or eq lt le gt ge ne.
        strict: versions of two or three numbers only.
        version_type: loose, strict, semver or pep440.
    """
    if strict is not None and version_type:
        raise TemplateError("'strict' and 'version_type' exclude each other")
    kind = version_type or ("strict" if strict else "loose")
    if kind not in _TYPES:
        raise TemplateError(
            f"version_type cannot be '{kind}'", hint=did_you_mean(kind, _TYPES) or ", ".join(_TYPES)
        )
    if operator not in _OPERATORS:
        raise TemplateError(f"'{operator}' does not compare", hint="use ==, !=, <, <=, > or >=")
    for each in (value, version):
        if each is None or str(each) == "":
            raise TemplateError("an empty version cannot be compared")
    key = {"loose": _Loose, "strict": _strict, "pep440": _pep440}.get(kind, _semantic)
    return bool(_OPERATORS[operator](key(str(value)), key(str(version))))


@total_ordering
class _Loose:
    """Numbers and letters in turn, compared part by part; a number comes before letters."""

    def __init__(self, text: str) -> None:
        parts = re.findall(r"\d+|[a-z]+|[^a-z\d.]+", text.strip(), re.IGNORECASE)
        self.parts = [int(part) if part.isdigit() else part for part in parts]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Loose) and self.parts == other.parts

    def __hash__(self) -> int:
        return hash(tuple(self.parts))

    def __lt__(self, other: _Loose) -> bool:
        for mine, theirs in zip(self.parts, other.parts, strict=False):
            if isinstance(mine, int) != isinstance(theirs, int):
                raise TemplateError(
                    f"{mine} and {theirs} in these versions cannot be compared",
                    hint="version_type='pep440' or 'semver' may know them",
                )
            if mine != theirs:
                return mine < theirs
        return len(self.parts) < len(other.parts)


def sort_loosely(versions: list[Any], reverse: bool = False) -> list[Any]:
    """Versions in their loose order. Raises TemplateError: two cannot be compared."""
    return sorted(versions, key=lambda each: _Loose(str(each)), reverse=reverse)


def _strict(text: str) -> Any:
    match = re.fullmatch(_STRICT, text)
    if not match:
        raise TemplateError(f"'{text}' is not a strict version", hint="such as 1.2 or 1.2.3b1")
    major, minor, patch, kind, number = match.groups()
    return int(major), int(minor), int(patch or 0), (kind or "z", int(number or 0))


def _semantic(text: str) -> Any:
    match = re.fullmatch(_SEMVER, text)
    if not match:
        raise TemplateError(f"'{text}' is not a semantic version", hint="such as 1.2.3-rc.1")
    *numbers, pre = match.groups()
    parts = [(0, int(p), "") if p.isdigit() else (1, 0, p) for p in (pre or "").split(".") if p]
    return [int(number) for number in numbers], not pre, parts


def _pep440(text: str) -> Any:
    try:
        from packaging.version import InvalidVersion, Version
    except ImportError:
        raise TemplateError(
            "pep440 versions need the Python package packaging", hint="pip install packaging"
        ) from None
    try:
        return Version(text)
    except InvalidVersion:
        raise TemplateError(f"'{text}' is not a PEP 440 version") from None
