"""What jinja2 and filters raise, as errors that a person can act on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from jinja2 import nodes
from jinja2.exceptions import SecurityError, TemplateNotFound, TemplateSyntaxError
from jinja2.utils import missing

from provision.errors import Location, ProvisionError, TemplateError, did_you_mean, nearest
from provision.templating.undefined import UndefinedUse, UndefinedVariable

if TYPE_CHECKING:
    from jinja2 import Environment

    from provision.templating.scope import Scope

_UNKNOWN = r"No (?P<kind>filter|test) named '(?P<name>[^']+)'"
_SHOWN_KEYS = 12


def describe(
    error: Exception, source: str, scope: Scope, at: Location | None, environment: Environment
) -> TemplateError:
    """The TemplateError for whatever rendering raised.

    Parameters:
        source: the template or expression, to name what was used.
        at: where it stands.
    """
    if isinstance(error, TemplateError):
        return error
    if isinstance(error, UndefinedUse):
        return _undefined(error, source, scope, at, environment)
    if isinstance(error, TemplateSyntaxError):
        return _syntax(error, source, at, environment)
    if isinstance(error, TemplateNotFound):
        looked = ", ".join(str(folder) for folder in scope.search)
        return TemplateError(
            f"the template '{error.name}' is not found",
            at=at,
            hint=f"looked in {looked}" if looked else None,
        )
    if isinstance(error, ProvisionError):
        return TemplateError(error.message, at=at or error.at, hint=error.hint)
    if isinstance(error, RecursionError):
        return TemplateError("this template calls itself without end", at=at)
    if isinstance(error, SecurityError):
        return TemplateError(f"templates may not do this: {error}", at=at)
    return TemplateError(f"{_short(source)} failed: {_reason(error)}", at=at)


def line_of(error: BaseException, fallback: str | None) -> tuple[str | None, int]:
    """The template file and line in it that an error comes from; line 0 if unknown."""
    import traceback  # 4 ms with what it imports

    found: tuple[str | None, int] = (fallback, 0)
    for frame, line in traceback.walk_tb(error.__traceback__):
        template = frame.f_globals.get("__jinja_template__")
        if template is not None:
            number = template.get_corresponding_lineno(line)
            found = (fallback if template.name is None else template.filename, number)
    return found


def _undefined(
    error: UndefinedUse, source: str, scope: Scope, at: Location | None, environment: Environment
) -> TemplateError:
    name = error.name
    if error.owner is missing:
        if name is None:
            return UndefinedVariable(str(error), at=at)
        near = nearest(str(name), (key for key in scope if key != name))
        return UndefinedVariable(
            f"'{name}' is undefined",
            at=at,
            hint=f"did you mean '{near}'?"
            if near
            else f"define it, or give it a default: {{{{ {name} | default(...) }}}}",
        )
    owner = _owner(source, name, environment) or "this value"
    if isinstance(error.owner, Mapping):
        keys = [str(key) for key in error.owner]
        return UndefinedVariable(
            f"{owner} has no '{name}'", at=at, hint=did_you_mean(str(name), keys) or _keys(keys)
        )
    if isinstance(error.owner, list | tuple) and isinstance(name, int):
        return UndefinedVariable(
            f"{owner} has no item {name}: it is a list of {len(error.owner)}", at=at
        )
    kind = type(error.owner).__name__
    kind = {"NoneType": "nothing (null)", "LocatedStr": "a str"}.get(kind, f"a {kind}")
    return UndefinedVariable(f"{owner} has no '{name}': it is {kind}", at=at)


def _keys(keys: Iterable[str]) -> str:
    listed = sorted(keys)
    more = f" and {len(listed) - _SHOWN_KEYS} more" if len(listed) > _SHOWN_KEYS else ""
    return f"it has: {', '.join(listed[:_SHOWN_KEYS])}{more}" if listed else "it is empty"


def _owner(source: str, name: Any, environment: Environment) -> str | None:
    """The expression before ``.name`` or ``['name']`` as it was written."""
    try:
        tree = environment.parse(source if "{" in source else "{{ " + source + " }}")
    except TemplateSyntaxError:
        return None
    for node in tree.find_all((nodes.Getattr, nodes.Getitem)):
        if isinstance(node, nodes.Getattr) and node.attr == name:
            return _written(node.node)
        if isinstance(node, nodes.Getitem):
            constant = isinstance(node.arg, nodes.Const)
            if not constant or node.arg.value == name:  # type: ignore[attr-defined]
                return _written(node.node)
    return None


def _written(node: nodes.Node) -> str | None:
    if isinstance(node, nodes.Name):
        return f"'{node.name}'"
    if isinstance(node, nodes.Getattr):
        inner = _written(node.node)
        return f"{inner[:-1]}.{node.attr}'" if inner else None
    if isinstance(node, nodes.Getitem):
        inner = _written(node.node)
        if inner and isinstance(node.arg, nodes.Const):
            return f"{inner[:-1]}[{node.arg.value!r}]'"
        if inner and isinstance(node.arg, nodes.Name):
            return f"{inner[:-1]}[{node.arg.name}]'"
    return None


def _syntax(
    error: TemplateSyntaxError, source: str, at: Location | None, environment: Environment
) -> TemplateError:
    message = error.message or "it is malformed"
    unknown = re.search(_UNKNOWN, message)
    if unknown:
        known = environment.filters if unknown["kind"] == "filter" else environment.tests
        return TemplateError(
            f"there is no {unknown['kind']} '{unknown['name']}'",
            at=at,
            hint=did_you_mean(unknown["name"].rpartition(".")[2], known),
        )
    return TemplateError(f"{_short(source)} is not a valid template: {message}", at=at)


def _reason(error: Exception) -> str:
    text = str(error) or type(error).__name__
    if isinstance(error, KeyError):
        return f"there is no key {text}"
    return text


def _short(source: str) -> str:
    line = " ".join(source.split())
    return f"'{line}'" if len(line) <= 80 else f"'{line[:77]}...'"
