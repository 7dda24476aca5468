"""Filters of community.general: lists as sets, mappings from lists, tables, time spans."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import accumulate as running
from typing import Any

from provision.errors import TemplateError, did_you_mean
from provision.templating.filters.iteration import flatten
from provision.templating.filters.mappings import combine
from provision.templating.versions import sort_loosely

_UNITS: dict[str, float] = {
    "millisecond": 0.001,
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86400,
    "week": 604800,
    "month": 2592000,
    "year": 31536000,
}
_SHORT_UNITS = {
    **dict.fromkeys(("ms", "msec", "msecond"), "millisecond"),
    **dict.fromkeys(("s", "sec"), "second"),
    **dict.fromkeys(("m", "min"), "minute"),
    **dict(zip(("h", "d", "w", "mo", "y"), ("hour", "day", "week", "month", "year"), strict=True)),
}
MATCHING = {"equality": "equal", "starts_with": "starts_with"} | {
    name: name for name in ("ends_with", "regex")
}
"""What ansible.utils calls the ways to match keys."""
_SPAN = r"\s*([+-]?\d+(?:\.\d+)?)\s*([a-z]*)"


def counter(values: Iterable[Any]) -> dict[Any, int]:
    """How often each value occurs."""
    return dict(Counter(values))


def crc32(value: Any) -> str:
    """The CRC32 of a text, hexadecimal."""
    return f"{zlib.crc32(str(value).encode()) & 0xFFFFFFFF:x}"


def accumulate(values: Any) -> list[Any]:
    """The sums (or joined texts) of the first item, the first two, and so on."""
    return list(running(values))


def dict_of(pairs: Iterable[Any]) -> dict[Any, Any]:
    """Pairs as a mapping."""
    return dict(pairs)


def dict_kv(value: Any, key: str) -> dict[str, Any]:
    """A mapping of one key to the value."""
    return {key: value}


def groupby_as_dict(values: Iterable[Any], attribute: str) -> dict[Any, Any]:
    """Mappings by one of their values, which has to differ."""
    found: dict[Any, Any] = {}
    for each in values:
        if not isinstance(each, Mapping) or attribute not in each:
            raise TemplateError(f"an item of groupby_as_dict has no '{attribute}'")
        if each[attribute] in found:
            raise TemplateError(f"two items have the {attribute} {each[attribute]!r}")
        found[each[attribute]] = each
    return found


def _once(values: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for each in values:
        if each not in found:
            found.append(each)
    return found


def _folded(fold: Callable[[list[Any], list[Any]], list[Any]]) -> Callable[..., list[Any]]:
    def function(first: Any, *others: Any, flatten: bool = False) -> list[Any]:
        lists = [first, *others]
        if flatten:
            lists = [each for group in lists for each in group]
        result = list(lists[0])
        for each in lists[1:]:
            result = fold(result, list(each))
        return _once(result)

    return function


lists_union = _folded(lambda one, other: one + other)
lists_intersect = _folded(lambda one, other: [each for each in one if each in other])
lists_difference = _folded(lambda one, other: [each for each in one if each not in other])
lists_symmetric_difference = _folded(
    lambda one, other: [e for e in one if e not in other] + [e for e in other if e not in one]
)


def lists_mergeby(
    *lists: Any, recursive: bool = False, list_merge: str = "replace"
) -> list[dict[Any, Any]]:
    """Mappings of several lists merged by one of their values, sorted by it.

    Parameters:
        lists: the lists, and last the key.
        recursive, list_merge: as for combine.
    """
    *given, key = lists
    found: dict[Any, dict[Any, Any]] = {}
    for each in flatten(given):
        if not isinstance(each, Mapping):
            raise TemplateError("lists_mergeby takes lists of mappings")
        if key in each:
            old = found.get(each[key], {})
            found[each[key]] = combine(old, each, recursive=recursive, list_merge=list_merge)
    return [found[name] for name in sorted(found)]


def from_csv(
    data: Any,
    dialect: str = "excel",
    fieldnames: list[str] | None = None,
    delimiter: str | None = None,
    skipinitialspace: bool | None = None,
    strict: bool | None = None,
) -> list[dict[str, Any]]:
    """CSV text as a list of mappings; the first line names the columns unless ``fieldnames`` do."""
    said = {"delimiter": delimiter, "skipinitialspace": skipinitialspace, "strict": strict}
    options: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    try:
        return list(csv.DictReader(io.StringIO(str(data)), fieldnames, dialect=dialect, **options))
    except csv.Error as error:
        raise TemplateError(f"this is not CSV: {error}") from None


def _keep(names: Any, matching: str) -> Callable[[str], bool]:
    tests: dict[str, Callable[[str, str], bool]] = {
        "equal": lambda key, name: key == name,
        "starts_with": str.startswith,
        "ends_with": str.endswith,
        "regex": lambda key, name: re.match(name, key) is not None,
    }
    if matching not in tests:
        raise TemplateError(
            f"matching_parameter cannot be '{matching}'",
            hint=did_you_mean(matching, tests) or ", ".join(tests),
        )
    wanted = [names] if isinstance(names, str) else list(names)
    return lambda key: any(tests[matching](key, str(name)) for name in wanted)


def keep_keys(data: Any, target: Any, matching_parameter: str = "equal") -> list[Any]:
    """The mappings of a list with only the keys that match."""
    kept = _keep(target, matching_parameter)
    return [{key: value for key, value in each.items() if kept(key)} for each in data]


def remove_keys(data: Any, target: Any, matching_parameter: str = "equal") -> list[Any]:
    """The mappings of a list without the keys that match."""
    gone = _keep(target, matching_parameter)
    return [{key: value for key, value in each.items() if not gone(key)} for each in data]


def replace_keys(data: Any, target: Any, matching_parameter: str = "equal") -> list[Any]:
    """The mappings of a list with keys renamed: ``target`` is a list of {before, after}."""
    renames = [(_keep(each["before"], matching_parameter), each["after"]) for each in target]

    def name(key: str) -> str:
        return next((after for matches, after in renames if matches(key)), key)

    return [{name(key): value for key, value in each.items()} for each in data]


def unicode_normalize(data: Any, form: str = "NFC") -> str:
    """A text in a Unicode normal form."""
    if form not in ("NFC", "NFD", "NFKC", "NFKD"):
        raise TemplateError(f"there is no normal form '{form}'", hint="NFC, NFD, NFKC or NFKD")
    return unicodedata.normalize(form, str(data))  # type: ignore[arg-type]


def version_sort(values: Iterable[Any], reverse: bool = False) -> list[Any]:
    """Versions in order."""
    return sort_loosely(list(values), reverse)


def to_time_unit(
    human_time: Any = "", unit: str = "ms", year: float = 365, month: float = 30
) -> float:
    """A span such as ``1h 30m`` in a unit.

    Parameters:
        year, month: their length in days.
    """
    lengths = {**_UNITS, "year": year * 86400, "month": month * 86400}
    text = str(human_time)
    seconds = sum(number * lengths[_unit(name)] for number, name in _spans(text))
    return round(seconds / lengths[_unit(unit)], 12)


def _spans(text: str) -> Iterator[tuple[float, str]]:
    at = 0
    while at < len(text.rstrip()):
        found = re.compile(_SPAN, re.IGNORECASE).match(text, at)
        if not found:
            raise TemplateError(f"'{text}' is no span of time", hint="such as 1h 30m")
        yield float(found[1]), found[2]
        at = found.end()


def _unit(name: str) -> str:
    plain = name.lower()
    if plain not in _SHORT_UNITS and plain not in _UNITS:
        plain = plain.removesuffix("s")
    plain = _SHORT_UNITS.get(plain, plain)
    if plain not in _UNITS:
        raise TemplateError(
            f"'{name}' is no unit of time", hint=f"units are {', '.join(_SHORT_UNITS)}"
        )
    return plain


def _in(unit: str) -> Callable[..., float]:
    def convert(human_time: Any, **lengths: Any) -> float:
        return to_time_unit(human_time, unit, **lengths)

    return convert


GENERAL: dict[str, Callable[..., Any]] = {
    "accumulate": accumulate,
    "counter": counter,
    "crc32": crc32,
    "dict": dict_of,
    "dict_kv": dict_kv,
    "from_csv": from_csv,
    "groupby_as_dict": groupby_as_dict,
    "keep_keys": keep_keys,
    "lists_difference": lists_difference,
    "lists_intersect": lists_intersect,
    "lists_mergeby": lists_mergeby,
    "lists_symmetric_difference": lists_symmetric_difference,
    "lists_union": lists_union,
    "remove_keys": remove_keys,
    "replace_keys": replace_keys,
    "to_time_unit": to_time_unit,
    "unicode_normalize": unicode_normalize,
    "version_sort": version_sort,
    **{f"to_{unit}s": _in(unit) for unit in _UNITS},
}
