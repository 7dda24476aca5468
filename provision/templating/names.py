"""Which variables a value depends on, read from its templates without rendering them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jinja2 import meta, nodes
from jinja2.exceptions import TemplateSyntaxError

from provision.located import LocatedStr, VaultText
from provision.templating.once import once
from provision.templating.plain import plain_parts
from provision.templating.values import has_markers

_NOTHING: frozenset[str] = frozenset()
_OPEN = frozenset({"vars", "lookup", "query", "q", "now", "undef"})
_OPEN_FILTERS = frozenset({"random", "shuffle", "password_hash", "fileglob"})


def names_used(value: Any) -> frozenset[str] | None:
    """The names in all templates within raw data.

    Returns:
        None if a template reaches variables or the world in ways that its text does not show.
    """
    if isinstance(value, str):
        if not has_markers(value) or (isinstance(value, LocatedStr) and value.unsafe):
            return None if isinstance(value, VaultText) else _NOTHING
        return names_in(str(value))
    if isinstance(value, dict):
        return _union(value.values())
    if isinstance(value, list | tuple):
        return _union(value)
    return _NOTHING


def _union(values: Iterable[Any]) -> frozenset[str] | None:
    found = _NOTHING
    for each in values:
        if isinstance(each, bool | int | float | None):
            continue
        names = names_used(each)
        if names is None:
            return None
        if names:
            found |= names
    return found


@once(8192)
def names_in(text: str) -> frozenset[str] | None:
    """The undeclared names of one template; None as in ``names_used``."""
    parts = plain_parts(text)
    if parts is not None:
        names = frozenset(part[0] for part in parts if not isinstance(part, str))
        return None if names & _OPEN else names
    from provision.templating.environment import native_environment

    try:
        environment = native_environment()
        tree = environment.parse(text)
    except TemplateSyntaxError:
        return _NOTHING
    # meta leaves out what is global, but a variable may have that name, and lookup is one.
    loaded = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "load"}
    names = frozenset(meta.find_undeclared_variables(tree) | (loaded & environment.globals.keys()))
    if names & _OPEN or any(each.name in _OPEN_FILTERS for each in tree.find_all(nodes.Filter)):
        return None
    if next(tree.find_all((nodes.Include, nodes.Import, nodes.FromImport)), None):
        return None
    return names
