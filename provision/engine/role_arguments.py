"""Variables against a declaration of arguments (meta/argument_specs.yml): all that is wrong.

The declaration is as written: option -> type, elements, required, choices, options, and what holds
between a dictionary's options.
https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_reuse_roles.html#role-argument-validation
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from provision.agent.spec import ArgumentError, Param, Spec
from provision.errors import did_you_mean

Options = Mapping[str, Mapping[str, Any]]

_TEXT = frozenset({"str", "path", "raw"})
# Text and JSON in text are taken as they come, and sizes too.
_TAKEN = frozenset({"raw", "json", "jsonarg", "bytes", "bits"})


def problems(options: Options, given: Mapping[str, Any]) -> list[str]:
    """A sentence for each mistake; values that are given and not declared come last."""
    unknown: list[str] = []
    return [*_check(options, dict(given), (), {}, unknown), *unknown]


def secrets(options: Options, given: Mapping[str, Any]) -> list[str]:
    """Values of options with ``no_log``."""
    return Spec("", "", params=tuple(_param(*entry) for entry in options.items())).secrets(given)


def _param(name: str, said: Mapping[str, Any]) -> Param:
    inner = tuple(_param(*entry) for entry in (said.get("options") or {}).items())
    aliases = tuple(said.get("aliases") or ())
    return Param(name, aliases=aliases, options=inner, secret=bool(said.get("no_log")))


def _check(
    options: Options,
    values: dict[str, Any],
    within: tuple[str, ...],
    around: Mapping[str, Any],
    unknown: list[str],
) -> Iterator[str]:
    """``around``: the declaration of the option that holds these, with what they must heed."""
    found = f" (in {'.'.join(within)})" if within else ""
    unknown += _undeclared(options, values, within)
    yield from (text + found for text in _own(options, values, around))
    for name, said in options.items():
        inner, value = said.get("options"), values.get(name)
        if not inner or value is None:
            continue
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, dict):
                yield from _check(inner, dict(entry), (*within, name), said, unknown)
            else:
                yield f"'{name}' holds what is no dictionary{found}"


def _undeclared(options: Options, values: dict[str, Any], within: tuple[str, ...]) -> Iterator[str]:
    """Take out of the values what no option is for; other names of options become theirs."""
    for name, said in options.items():
        for alias in said.get("aliases") or ():
            if alias in values:
                values.setdefault(name, values.pop(alias))
    extra = sorted(str(name) for name in values if name not in options)
    if not extra:
        return
    names = ", ".join(".".join((*within, name)) for name in extra)
    hint = did_you_mean(extra[0], options) or f"there are: {', '.join(sorted(options))}"
    yield f"not declared: {names}; {hint}"
    for key in [key for key in values if key not in options]:
        del values[key]


def _own(options: Options, values: dict[str, Any], around: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with these values themselves; they are converted on the way."""
    for exclusive in _groups(around.get("mutually_exclusive")):
        if sum(values.get(name) is not None for name in exclusive) > 1:
            yield f"at most one of these: {', '.join(exclusive)}"
    missing = sorted(n for n, said in options.items() if said.get("required") and n not in values)
    if missing:
        yield f"required, and not given: {', '.join(missing)}"
    for name, said in options.items():
        if values.get(name) is not None:
            yield from _typed(name, said, values)
    for name, said in options.items():
        if name in values and said.get("choices"):
            yield from _chosen(name, said["choices"], values[name])
    yield from _related(around, values)


def _typed(name: str, said: Mapping[str, Any], values: dict[str, Any]) -> Iterator[str]:
    kind = str(said.get("type") or "str")
    try:
        values[name] = _converted(kind, values[name])
    except ArgumentError as error:
        yield f"'{name}' is to be {kind}{_why(said, error)}"
        return
    element = said.get("elements")
    if kind != "list" or not element:
        return
    made = []
    for value in values[name]:
        try:
            made.append(_converted(str(element), value))
        except ArgumentError as error:
            yield f"each item of '{name}' is to be {element}{_why(said, error)}"
            return
    values[name] = made


def _why(said: Mapping[str, Any], error: ArgumentError) -> str:
    return "" if said.get("no_log") else f": {error.message}"


def _converted(kind: str, value: Any) -> Any:
    """The value as this type. Raises ArgumentError."""
    if kind in _TAKEN:
        return value
    if kind in _TEXT:
        return json.dumps(value) if isinstance(value, dict | list) else str(value)
    if (kind == "int" and isinstance(value, bool)) or (kind == "list" and value == ""):
        return int(value) if kind == "int" else []
    if kind == "list" and isinstance(value, dict):
        raise ArgumentError(f"{value!r} is not a list")
    spec = Spec("value", "", params=(Param("value", type=kind),))
    try:
        return spec.validate({"value": value})["value"]
    except ArgumentError as error:
        raise ArgumentError(error.message.removeprefix("value: value: ")) from None


def _chosen(name: str, choices: list[Any], value: Any) -> Iterator[str]:
    listed = ", ".join(str(choice) for choice in choices)
    if isinstance(value, list):
        wrong = ", ".join(str(each) for each in value if each not in choices)
        if wrong:
            yield f"'{name}' takes only {listed}; not {wrong}"
    elif value not in choices:
        yield f"'{name}' is one of {listed}; not {value}"


def _related(around: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[str]:
    for names in _groups(around.get("required_together")):
        some = [name for name in names if name in values]
        if some and len(some) < len(names):
            yield f"all of these or none: {', '.join(names)}"
    for names in _groups(around.get("required_one_of")):
        if not any(name in values for name in names):
            yield f"at least one of these: {', '.join(names)}"
    for name, value, needed, *more in around.get("required_if") or ():
        missing = [each for each in needed if values.get(each) is None]
        one_is_enough = bool(more and more[0])
        if one_is_enough and len(missing) < len(needed):
            continue
        if name in values and values[name] == value and missing:
            needs = "at least one of these" if one_is_enough else "these too"
            yield f"with '{name}' as {value}, {needs}: {', '.join(missing)}"
    for name, needed in (around.get("required_by") or {}).items():
        wanted = [needed] if isinstance(needed, str) else needed
        missing = [each for each in wanted if values.get(each) is None]
        if values.get(name) is not None and missing:
            yield f"with '{name}', these too: {', '.join(missing)}"


def _groups(said: Any) -> list[list[str]]:
    """Lists of names; one alone may stand without the outer list."""
    groups = list(said or ())
    return [groups] if groups and all(isinstance(each, str) for each in groups) else groups
