"""Lookups that make lists of lists: the older ``with_NAME`` loops."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator, Mapping
from typing import Any

from provision.errors import TemplateError
from provision.templating.filters import iteration
from provision.templating.lazy import finalize
from provision.templating.lookups.base import Lookup, Request

_SHORT = r"(?P<start>\w+-)?(?P<end>\w+)(?P<stride>/\w+)?(?P<format>:.+)?"


def items(request: Request) -> list[Any]:
    """The terms, lists among them opened once."""
    request.take()
    return request.items()


def list_(request: Request) -> list[Any]:
    """The terms as they are."""
    request.take()
    return request.terms


def flattened(request: Request) -> list[Any]:
    """The terms, lists among them opened to the last."""
    request.take()
    return iteration.flatten(request.terms)


def dict_(request: Request) -> list[Any]:
    """Mappings as lists of ``{key, value}``."""
    request.take()
    found: list[Any] = []
    for each in request.items():
        if not isinstance(each, Mapping):
            raise TemplateError(f"the lookup 'dict' takes mappings, not {finalize(each)!r}")
        found.extend({"key": key, "value": value} for key, value in each.items())
    return found


def indexed_items(request: Request) -> list[Any]:
    """Pairs of a number, from 0, and an item."""
    request.take()
    return [[number, each] for number, each in enumerate(request.items())]


def nested(request: Request) -> list[Any]:
    """Every combination of one item of each list."""
    request.take()
    if not request.terms:
        raise TemplateError("the lookup 'nested' takes at least one list")
    lists = [each if isinstance(each, list) else [each] for each in request.terms]
    return [
        iteration.flatten(each, levels=1, skip_nulls=False) for each in itertools.product(*lists)
    ]


def together(request: Request) -> list[Any]:
    """The first items of all lists, the second items, and so on; short lists end in null."""
    request.take()
    if not request.terms:
        raise TemplateError("the lookup 'together' takes at least one list")
    lists = [each if isinstance(each, list) else [each] for each in request.terms]
    return iteration.zip_longest(*lists)


def subelements(request: Request) -> list[Any]:
    """Pairs of each item and each member of the list it has under a key."""
    request.take(skip_missing=False)
    if len(request.terms) not in (2, 3):
        raise TemplateError("the lookup 'subelements' takes a list, a key and perhaps flags")
    flags = request.terms[2] if len(request.terms) == 3 else request.options
    skip = isinstance(flags, Mapping) and bool(flags.get("skip_missing", False))
    source = request.terms[0]
    if isinstance(source, Mapping):
        source = list(source.values())
    wanted = [each for each in source if not (isinstance(each, Mapping) and each.get("skipped"))]
    path = str(request.terms[1]).split(".")
    pairs = iteration.subelements(wanted, path, skip)
    return [[_without(finalize(item), path), each] for item, each in pairs]


def _without(item: dict[str, Any], path: list[str]) -> dict[str, Any]:
    """The item without the list that was taken apart, as Ansible gives it."""
    within: Any = item
    for key in path[:-1]:
        within = within.get(key, {})
    within.pop(path[-1], None)
    return item


def random_choice(request: Request) -> list[Any]:
    """One of the items."""
    request.take()
    return [random.choice(request.items())] if request.items() else []


def sequence(request: Request) -> list[Any]:
    """Numbers as texts: ``start=1 end=9 stride=2 format=web%02d``, or ``1-9/2:web%02d``."""
    known: dict[str, Any] = {"start": 1, "end": None, "count": None, "stride": None, "format": "%d"}
    found: list[Any] = []
    for term in request.terms or [""]:
        options = request.take(**{**known, **_sequence_options(str(term))})
        found.extend(_numbers(options))
    return found


def _sequence_options(term: str) -> dict[str, Any]:
    if "=" in term:
        pairs = dict(word.split("=", 1) for word in term.split() if "=" in word)
        for name in pairs.keys() - {"start", "end", "count", "stride", "format"}:
            raise TemplateError(f"the lookup 'sequence' has no option '{name}'")
        return pairs
    if not term.strip():
        return {}
    match = re.fullmatch(_SHORT, term.strip())
    if not match:
        raise TemplateError(f"'{term}' is not a sequence", hint="such as 1-9/2:web%02d")
    found = {"end": match["end"]}
    for name, strip in (("start", "-"), ("stride", "/"), ("format", ":")):
        if match[name]:
            found[name] = match[name].strip(strip) if name != "format" else match[name][1:]
    return found


def _numbers(options: Mapping[str, Any]) -> Iterator[str]:
    values: dict[str, int | None] = {}
    for name in ("start", "end", "count", "stride"):
        try:
            given = options[name]
            values[name] = None if given is None else int(str(given), 0)
        except ValueError:
            raise TemplateError(f"{name} of a sequence is a number, not '{given}'") from None
    start, end, count = values["start"] or 0, values["end"], values["count"]
    if (end is None) == (count is None):
        raise TemplateError("a sequence has either an end or a count")
    stride = 1 if values["stride"] is None else values["stride"]
    if stride == 0:
        return
    if count is not None:
        numbers = [start + n * stride for n in range(count)]
    else:
        assert end is not None
        if (stride > 0 and end < start) or (stride < 0 and end > start):
            raise TemplateError(
                f"no stride of {stride} leads from {start} to {end}",
                hint="to count backwards give a negative stride",
            )
        numbers = list(range(start, end + (1 if stride > 0 else -1), stride))
    for number in numbers:
        try:
            yield str(options["format"]) % number
        except (TypeError, ValueError):
            raise TemplateError(
                f"'{options['format']}' formats no number", hint="such as web%02d"
            ) from None


LISTS: dict[str, Lookup] = {
    "items": items,
    "list": list_,
    "flattened": flattened,
    "community.general.flattened": flattened,
    "dict": dict_,
    "indexed_items": indexed_items,
    "nested": nested,
    "cartesian": nested,
    "community.general.cartesian": nested,
    "together": together,
    "subelements": subelements,
    "random_choice": random_choice,
    "sequence": sequence,
}
