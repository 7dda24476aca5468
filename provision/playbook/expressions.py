"""Jinja syntax, checked at load so that a missing brace is not found on the tenth host."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, TemplateSyntaxError

from provision.errors import Location, PlaybookError
from provision.located import LocatedDict, VaultText, location_of

_MARKS = ("{{", "{%", "{#")
_environment = Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])


def is_template(value: Any) -> bool:
    """Whether a value is text that has to be rendered before it is known."""
    if not isinstance(value, str):
        return False
    if getattr(value, "unsafe", False):
        return False
    return isinstance(value, VaultText) or any(mark in value for mark in _MARKS)


def check_condition(name: str, condition: Any, at: Location) -> None:
    """Refuse a bare expression (``when: x == 1``) that does not parse.

    Raises:
        PlaybookError: with the place of the condition.
    """
    if not isinstance(condition, str):
        return
    source = condition if is_template(condition) else "{{ " + condition + " }}"
    _parse(name, source, condition, location_of(condition) or at)


def check_templates(name: str, value: Any, at: Location) -> None:
    """Refuse templates anywhere inside a value that do not parse.

    Raises:
        PlaybookError: with the place of the string.
    """
    if isinstance(value, str):
        if is_template(value) and not isinstance(value, VaultText):
            _parse(name, value, value, location_of(value) or at)
    elif isinstance(value, dict):
        for key, inner in value.items():
            place = value.key_at.get(key, at) if isinstance(value, LocatedDict) else at
            check_templates(name, key, place)
            check_templates(name, inner, place)
    elif isinstance(value, list):
        for inner in value:
            check_templates(name, inner, at)


def _parse(name: str, source: str, written: str, at: Location) -> None:
    try:
        _environment.parse(source)
    except TemplateSyntaxError as error:
        # A block scalar begins on the line after its key, and its text one line further on.
        line = at.line + (error.lineno if "\n" in written.rstrip("\n") else 0)
        place = at if line == at.line else Location(at.file, line)
        raise PlaybookError(
            f"{name}: this template has a syntax error: {error.message}",
            at=place,
            hint=_hint(written),
        ) from None


def _hint(written: str) -> str | None:
    if written.count("{{") != written.count("}}"):
        return "each {{ needs its }}"
    if written.count("{%") != written.count("%}"):
        return "each {% needs its %}"
    if written.count("'") % 2 or written.count('"') % 2:
        return "a quote is not closed"
    return None
