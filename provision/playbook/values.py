"""How a keyword's value is read: each reader takes it as written and gives it normalised.

A template passes wherever the value may be computed; everything else has to be of the right
shape now, so that a mistake is found before any host is touched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from provision.agent.spec import FALSE_WORDS, TRUE_WORDS
from provision.errors import Location, PlaybookError, did_you_mean
from provision.located import LocatedDict, LocatedList, location_of
from provision.playbook.expressions import is_template

Reader = Callable[[str, Any, Location], Any]
"""(what the value is called, the value, where it is) -> the value. Raises PlaybookError."""

STRATEGIES = ("linear", "free", "host_pinned")
ORDERS = ("inventory", "reverse_inventory", "sorted", "reverse_sorted", "shuffle")
_PROMPT_KEYS = (
    *("name", "prompt", "default", "private", "confirm", "unsafe"),
    *("encrypt", "salt", "salt_size"),
)


def wrong(name: str, wanted: str, value: Any, at: Location, hint: str | None = None) -> Exception:
    """The complaint about a value of the wrong shape."""
    if isinstance(value, (dict, list)):
        shown = "a mapping" if isinstance(value, dict) else "a list"
    else:
        shown = "nothing" if value is None else repr(value)
    return PlaybookError(f"{name} must be {wanted}, not {shown}", at=at, hint=hint)


def anything(name: str, value: Any, at: Location) -> Any:
    return value


def boolean(name: str, value: Any, at: Location) -> Any:
    if isinstance(value, bool) or is_template(value):
        return value
    word = str(value).strip().lower() if isinstance(value, (str, int)) else ""
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise wrong(name, "true, false or a template", value, at)


def text(name: str, value: Any, at: Location) -> Any:
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, (dict, list)):
        raise wrong(name, "text", value, at)
    return str(value)


def integer(name: str, value: Any, at: Location) -> Any:
    if is_template(value):
        return value
    if isinstance(value, str) and value.strip().lstrip("-").isdecimal():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise wrong(name, "a whole number", value, at)


def number(name: str, value: Any, at: Location) -> Any:
    if is_template(value):
        return value
    if isinstance(value, str):
        try:
            return float(value) if "." in value else int(value)
        except ValueError:
            raise wrong(name, "a number", value, at) from None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    raise wrong(name, "a number", value, at)


def identifier(name: str, value: Any, at: Location) -> Any:
    if isinstance(value, str) and is_variable_name(value):
        return value
    raise wrong(
        name, "a variable's name", value, at, "letters, digits and _, not starting with a digit"
    )


_JINJA_WORDS = frozenset({"False", "None", "True", "false", "none", "not", "true"})


def is_variable_name(name: Any) -> bool:
    """Whether a template could refer to it."""
    return (
        isinstance(name, str)
        and name.isascii()
        and name.isidentifier()
        and name not in _JINJA_WORDS
    )


def mapping(name: str, value: Any, at: Location) -> Any:
    if isinstance(value, dict):
        return value
    raise wrong(name, "a mapping", value, at)


def arguments(name: str, value: Any, at: Location) -> Any:
    if isinstance(value, dict) or is_template(value):
        return value
    raise wrong(name, "a mapping or a template that gives one", value, at)


def variables(name: str, value: Any, at: Location) -> Any:
    if value is None:
        return {}
    if not isinstance(value, dict):
        hint = "write 'name: value' without '- '" if isinstance(value, list) else None
        raise wrong(name, "a mapping of names to values", value, at, hint)
    for key in value:
        if not is_variable_name(key):
            raise PlaybookError(
                f"'{key}' cannot be a variable's name",
                at=key_place(value, key, at),
                hint="letters, digits and _, not starting with a digit, no Python keyword",
            )
    return value


def mappings(name: str, value: Any, at: Location) -> Any:
    return _each(name, value, at, mapping)


def environment(name: str, value: Any, at: Location) -> Any:
    return _each(name, value, at, arguments)


def _each(name: str, value: Any, at: Location, read: Reader) -> tuple[Any, ...]:
    if value is None:
        return ()
    entries = value if isinstance(value, list) else [value]
    return tuple(read(name, entry, location_of(entry) or at) for entry in entries)


def sequence(name: str, value: Any, at: Location) -> Any:
    if value is None:
        return LocatedList()
    if isinstance(value, list):
        return value
    hint = "each entry begins with '- '" if isinstance(value, dict) else None
    raise wrong(name, "a list", value, at, hint)


def texts(name: str, value: Any, at: Location) -> Any:
    return _each(name, value, at, text)


def tags(name: str, value: Any, at: Location) -> Any:
    if value is None:
        raise wrong(name, "labels", value, at, "leave it out")
    found: dict[str, None] = {}
    for entry in _each(name, value, at, text):
        # Only of a tag that stands alone, as in Ansible.
        whole = is_template(entry) or isinstance(value, list)
        parts = [entry] if whole else [part.strip() for part in entry.split(",")]
        found.update(dict.fromkeys(part for part in parts if part))
    return tuple(found)


def conditions(name: str, value: Any, at: Location) -> Any:
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, (str, bool)) and entry != "":
            continue
        hint = "quote the whole condition" if isinstance(entry, dict) else None
        place = location_of(entry) or at
        raise wrong(name, "a condition or a list of them", entry, place, hint)
    return tuple(value) if isinstance(value, list) else (value,)


def items(name: str, value: Any, at: Location) -> Any:
    if isinstance(value, list) or is_template(value):
        return value
    hint = None
    if isinstance(value, str):
        hint = f'for the value of a variable write "{{{{ {value} }}}}"'
    elif isinstance(value, dict):
        hint = 'to go through a mapping use "{{ it | dict2items }}"'
    raise wrong(name, "a list or a template that gives one", value, at, hint)


def pattern(name: str, value: Any, at: Location) -> Any:
    if isinstance(value, list) and value:
        return [text(name, entry, location_of(entry) or at) for entry in value]
    if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip():
        return value if isinstance(value, str) else str(value)
    raise wrong(name, "a pattern of hosts or a list of them", value or None, at)


def batches(name: str, value: Any, at: Location) -> Any:
    def size(name: str, value: Any, at: Location) -> Any:
        percent = isinstance(value, str) and value.strip().endswith("%")
        if percent and value.strip()[:-1].strip().replace(".", "", 1).isdecimal():
            return value
        return integer(name, value, at)

    return _each(name, value, at, size)


def strategy(name: str, value: Any, at: Location) -> Any:
    if is_template(value):
        return value
    return choice(name, text(name, value, at).removeprefix("ansible.builtin."), at, STRATEGIES)


def order(name: str, value: Any, at: Location) -> Any:
    return value if is_template(value) else choice(name, text(name, value, at), at, ORDERS)


def choice(name: str, value: str, at: Location, known: tuple[str, ...]) -> str:
    """The value, if it is one of those known. Raises PlaybookError."""
    if value in known:
        return value
    hint = did_you_mean(value, known) or f"supported: {', '.join(known)}"
    raise PlaybookError(f"{name} '{value}' is not supported", at=at, hint=hint)


def file_choices(name: str, value: Any, at: Location) -> Any:
    """vars_files: each entry is a file, or a list of which the first that exists counts."""

    def one(name: str, value: Any, at: Location) -> Any:
        return list(texts(name, value, at)) if isinstance(value, list) else text(name, value, at)

    return _each(name, value, at, one)


def prompts(name: str, value: Any, at: Location) -> Any:
    def prompt(name: str, value: Any, at: Location) -> Any:
        entry = mapping(f"an entry of {name}", value, at)
        for key in entry:
            if key not in _PROMPT_KEYS:
                raise PlaybookError(
                    f"{name}: '{key}' is not supported",
                    at=key_place(entry, key, at),
                    hint=did_you_mean(str(key), _PROMPT_KEYS)
                    or f"supported: {', '.join(_PROMPT_KEYS)}",
                )
        if "name" not in entry:
            raise PlaybookError(f"an entry of {name} has no name", at=at)
        identifier(f"the name of an entry of {name}", entry["name"], at)
        for key in ("private", "confirm", "unsafe"):
            if key in entry:
                boolean(f"{name}: {key}", entry[key], key_place(entry, key, at))
        return entry

    return _each(name, value, at, prompt)


def key_place(mapping: Any, key: Any, otherwise: Location) -> Location:
    """Where a key of a mapping was written."""
    if isinstance(mapping, LocatedDict):
        return mapping.key_at.get(key) or mapping.at or otherwise
    return otherwise
