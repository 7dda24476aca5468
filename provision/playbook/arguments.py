"""A module's arguments as a task writes them: read, merged, checked as far as they are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from provision.agent.spec import ArgumentError, Spec
from provision.errors import Location, PlaybookError
from provision.located import LocatedDict, LocatedStr, location_of
from provision.playbook.catalog import Catalog
from provision.playbook.expressions import is_template
from provision.playbook.freeform import parse_arguments

# Of a command line only these are ours; every other a=b belongs to the command.
_COMMANDS = frozenset({"command", "shell", "script", "raw"})
_COMMAND_OPTIONS = frozenset(
    {
        "chdir",
        "creates",
        "decrypt",
        "executable",
        "removes",
        "stdin",
        "stdin_add_newline",
        "strip_empty_ends",
    }
)


def read_arguments(spec: Spec, value: Any, at: Location, catalog: Catalog) -> LocatedDict:
    """A module's arguments as a mapping.

    Raises:
        PlaybookError: text that is neither key=value nor the module's free form.
    """
    if value is None:
        return located_copy({}, at)
    if isinstance(value, dict):
        return located_copy(value, location_of(value) or at)
    place = location_of(value) or at
    if isinstance(value, list):
        raise PlaybookError(f"{spec.name} takes a mapping of parameters, not a list", at=place)
    text = value if isinstance(value, str) else str(value)
    pairs, rest = _split(spec, text, place, catalog)
    args = located_copy({key: LocatedStr(found, place) for key, found in pairs.items()}, place)
    for key in pairs:
        args.key_at[key] = place
    if rest:
        if spec.free_form is None:
            raise _no_free_form(spec, rest, place)
        args[spec.free_form] = LocatedStr(rest, place, unsafe=getattr(value, "unsafe", False))
        args.key_at[spec.free_form] = place
    return args


def _split(spec: Spec, text: str, at: Location, catalog: Catalog) -> tuple[dict[str, str], str]:
    scalars = {
        name
        for param in spec.params
        for name in (param.name, *param.aliases)
        if spec.name not in _COMMANDS or param.name != spec.free_form
    }
    if spec.name in _COMMANDS:
        scalars &= _COMMAND_OPTIONS

    def is_option(key: str) -> bool:
        return spec.free_form is None or catalog.is_open_ended(spec) or key in scalars

    try:
        return parse_arguments(text, at, is_option)
    except PlaybookError:
        if spec.name in _COMMANDS:  # a here-document may hold a lone apostrophe
            return {}, text.strip()
        raise


def _no_free_form(spec: Spec, rest: str, at: Location) -> PlaybookError:
    if is_template(rest):
        hint = f"for a mapping of parameters in a variable write {spec.name}: with args: below it"
    else:
        hint = "write key=value, or a mapping with one parameter a line"
    return PlaybookError(f"{spec.name} takes parameters, not the text '{rest}'", at=at, hint=hint)


def merge_args(given: Any, extra: Any, at: Location) -> Any:
    """The ``args:`` keyword below the module's own arguments.

    Parameters:
        given: the module's own.

    Raises:
        PlaybookError: a template cannot be merged with arguments that are there.
    """
    if extra is None:
        return given
    if not isinstance(extra, dict):
        if given:
            raise PlaybookError(
                "a template in args: cannot be combined with other arguments",
                at=at,
                hint="put all of them in the variable, or all of them here",
            )
        return extra
    merged = located_copy(extra, location_of(extra) or at)
    merged.update(given)
    merged.key_at.update(given.key_at)
    return merged


def validate(
    spec: Spec, args: Any, defaults: Sequence[Any], catalog: Catalog, at: Location
) -> None:
    """Refuse arguments that the module cannot take, as far as they are known now.

    Parameters:
        defaults: what ``module_defaults`` say for this module; they satisfy "required".

    Raises:
        PlaybookError: at the key to blame.
    """
    if not isinstance(args, dict) or any(map(is_template, defaults)):
        return
    given: dict[Any, Any] = {}
    for source in (*defaults, args):
        given.update(source)
    if catalog.is_open_ended(spec):
        declared = {name for param in spec.params for name in (param.name, *param.aliases)}
        given = {key: value for key, value in given.items() if key in declared}
    try:
        spec.validate(given, is_template=is_template)
    except ArgumentError as error:
        place = _place_of(spec, args, error.param) or at
        raise PlaybookError(error.message, at=place, hint=error.hint) from None
    except (TypeError, ValueError, AttributeError):
        raise PlaybookError(f"{spec.name}: these arguments are malformed", at=at) from None


def _place_of(spec: Spec, args: dict[Any, Any], name: str | None) -> Location | None:
    """Where a parameter was written: under its name, an alias, or inside another's value."""
    if name is None:
        return None
    names = {name}
    for param in spec.params:
        if name in (param.name, *param.aliases):
            names.update((param.name, *param.aliases))
    if isinstance(args, LocatedDict):
        for key, place in args.key_at.items():
            if str(key) in names and key in args:
                return place
    for value in args.values():
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                found = _place_of(spec, inner, name)
                if found:
                    return found
    return None


def located_copy(value: dict[Any, Any], at: Location) -> LocatedDict:
    """A mapping of its own, that knows where it and its keys were written."""
    made = LocatedDict(value)
    made.at = at
    made.key_at = dict(getattr(value, "key_at", {}))
    return made
