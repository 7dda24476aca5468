"""Templates and conditions, checked at load so that a missing brace or a misspelt filter is not
found on the tenth host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import TemplateSyntaxError, nodes

from provision import templating
from provision.errors import Location, PlaybookError, did_you_mean
from provision.located import LocatedDict, VaultText, location_of
from provision.templating.environment import native_environment
from provision.templating.lookups import LOOKUPS
from provision.templating.plain import plain_parts

_LOOKUP_CALLS = ("lookup", "query", "q")
_BUILTIN = ("ansible.builtin.", "ansible.legacy.")

_fine: set[str] = set()
"""What has been looked at: a role's files are read again wherever it is used."""


def is_template(value: Any) -> bool:
    """Whether a value is text that has to be rendered before it is known.

    Not so a list or mapping with templates inside: its shape is known, and checked.
    """
    return isinstance(value, str) and templating.is_template(value)


def check_condition(name: str, condition: Any, at: Location) -> None:
    """Refuse a bare expression (``when: x == 1``) that cannot be evaluated whatever the values.

    Raises:
        PlaybookError: a syntax error, an unknown filter, test or lookup; with its place.
    """
    if not isinstance(condition, str):
        return
    source = condition if is_template(condition) else "{{ " + condition + " }}"
    _check(name, source, condition, location_of(condition) or at)


def check_templates(name: str, value: Any, at: Location) -> None:
    """Refuse templates anywhere inside a value that cannot be rendered whatever the values.

    Raises:
        PlaybookError: as ``check_condition``.
    """
    if isinstance(value, str):
        if is_template(value) and not isinstance(value, VaultText):
            _check(name, value, value, location_of(value) or at)
    elif isinstance(value, dict):
        for key, inner in value.items():
            place = value.key_at.get(key, at) if isinstance(value, LocatedDict) else at
            check_templates(name, key, place)
            check_templates(name, inner, place)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            check_templates(name, inner, at)


def check_lookup(name: str, lookup: str, at: Location) -> None:
    """Refuse a lookup that does not exist.

    Raises:
        PlaybookError: naming the nearest one.
    """
    short = lookup
    for prefix in _BUILTIN:
        short = short.removeprefix(prefix)
    if short not in LOOKUPS:
        raise PlaybookError(
            f"{name}: there is no lookup '{lookup}'", at=at, hint=did_you_mean(short, LOOKUPS)
        )


def _check(name: str, source: str, written: str, at: Location) -> None:
    if source in _fine or plain_parts(source) is not None:
        return
    environment = native_environment()
    try:
        tree = environment.parse(source)
    except TemplateSyntaxError as error:
        raise PlaybookError(
            f"{name}: this template has a syntax error: {error.message}",
            at=_line(at, written, error.lineno),
            hint=_hint(written),
        ) from None
    for node in tree.find_all((nodes.Filter, nodes.Test, nodes.Call)):
        if isinstance(node, nodes.Filter):
            _check_name(name, "filter", node, environment.filters, written, at)
        elif isinstance(node, nodes.Test):
            _check_name(name, "test", node, environment.tests, written, at)
        elif (lookup := _lookup_of(node)) is not None:
            check_lookup(name, lookup, _line(at, written, node.lineno))
    _fine.add(source)


def _lookup_of(call: nodes.Node) -> str | None:
    """The name in a call of a lookup, where it is written out."""
    assert isinstance(call, nodes.Call)
    first = call.args[0] if call.args else None
    if not isinstance(call.node, nodes.Name) or call.node.name not in _LOOKUP_CALLS:
        return None
    return str(first.value) if isinstance(first, nodes.Const) else None


def _check_name(
    name: str,
    kind: str,
    node: nodes.Filter | nodes.Test,
    known: dict[str, Any],
    written: str,
    at: Location,
) -> None:
    if node.name not in known:
        raise PlaybookError(
            f"{name}: there is no {kind} '{node.name}'",
            at=_line(at, written, node.lineno),
            hint=did_you_mean(node.name, known),
        )


def _line(at: Location, written: str, line: int) -> Location:
    """The place of a template's line, where the way it is written tells: after ``|`` the text
    begins one line further down and keeps its lines."""
    if "\n" not in written.rstrip("\n"):
        return at
    try:
        lines = Path(at.file).read_text(encoding="utf-8").splitlines()
        literal = lines[at.line - 1][at.column - 1] == "|"
    except (OSError, IndexError, UnicodeDecodeError):
        return at
    return Location(at.file, at.line + line) if literal else at


def _hint(written: str) -> str | None:
    if written.count("{{") != written.count("}}"):
        return "each {{ needs its }}"
    if written.count("{%") != written.count("%}"):
        return "each {% needs its %}"
    if written.count("'") % 2 or written.count('"') % 2:
        return "a quote is not closed"
    return None
