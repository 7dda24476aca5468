"""Lists: flattening, pairing, choosing."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from random import Random, SystemRandom
from typing import Any

from jinja2 import Environment, pass_environment
from jinja2.filters import do_unique

from provision.errors import TemplateError
from provision.templating.undefined import Undefined

_NULLS = (None, "None", "null")


def flatten(values: Any, levels: int | None = None, skip_nulls: bool = True) -> list[Any]:
    """Lists within lists as one list.

    Parameters:
        levels: how deep; all the way if None.
        skip_nulls: leave out null items.
    """
    flat: list[Any] = []
    for each in values:
        if skip_nulls and each in _NULLS:
            continue
        if isinstance(each, list | tuple) and (levels is None or levels >= 1):
            flat.extend(flatten(each, None if levels is None else levels - 1, skip_nulls))
        else:
            flat.append(each)
    return flat


def zip_(*lists: Iterable[Any]) -> list[list[Any]]:
    """The first items together, the second items together, until a list ends."""
    return [list(each) for each in zip(*lists, strict=False)]


def zip_longest(*lists: Iterable[Any], fillvalue: Any = None) -> list[list[Any]]:
    """As zip, until the longest list ends."""
    return [list(each) for each in itertools.zip_longest(*lists, fillvalue=fillvalue)]


def product(*lists: Iterable[Any], repeat: int = 1) -> list[list[Any]]:
    """Every combination of one item of each list."""
    return [list(each) for each in itertools.product(*lists, repeat=repeat)]


def permutations(values: Iterable[Any], length: int | None = None) -> list[list[Any]]:
    """Every order of ``length`` of the items."""
    return [list(each) for each in itertools.permutations(values, length)]


def combinations(values: Iterable[Any], length: int) -> list[list[Any]]:
    """Every choice of ``length`` of the items."""
    return [list(each) for each in itertools.combinations(values, length)]


@pass_environment
def unique(
    environment: Environment,
    values: Iterable[Any],
    case_sensitive: bool | None = None,
    attribute: str | None = None,
) -> list[Any]:
    """Each item once, where it first occurs; texts that differ by case only are alike."""
    items = list(values)
    try:
        return list(do_unique(environment, items, bool(case_sensitive), attribute))
    except TypeError:  # unhashable items
        if attribute or case_sensitive is False:
            raise
        found: list[Any] = []
        found.extend(each for each in items if each not in found)
        return found


@pass_environment
def extract(environment: Environment, key: Any, container: Any, morekeys: Any = None) -> Any:
    """What a container has under a key, and under further keys below that."""
    keys = [key] if morekeys is None else [key, *_list(morekeys)]
    for each in keys:
        if isinstance(container, Undefined):
            return container
        container = environment.getitem(container, each)
    return container


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def subelements(obj: Any, subelements: Any, skip_missing: bool = False) -> list[Any]:
    """Pairs of each item and each member of the list that it has under a key.

    Parameters:
        obj: a list of mappings, or a mapping of them.
        subelements: the key, dotted or a list of keys.
        skip_missing: leave out items without that key instead of refusing them.
    """
    items = list(obj.values()) if isinstance(obj, Mapping) else obj
    if not isinstance(items, list | tuple):
        raise TemplateError("subelements takes a list of mappings, or a mapping of them")
    path = subelements.split(".") if isinstance(subelements, str) else list(subelements)
    pairs: list[Any] = []
    for item in items:
        found: Any = item
        for key in path:
            if not isinstance(found, Mapping):
                raise TemplateError(f"'{key}' is looked for in {found!r}, which is no mapping")
            if key not in found:
                if skip_missing:
                    found = []
                    break
                raise TemplateError(
                    f"an item has no '{key}'", hint="skip_missing=True leaves such items out"
                )
            found = found[key]
        if not isinstance(found, list | tuple):
            raise TemplateError(f"'{'.'.join(map(str, path))}' is no list in every item")
        pairs.extend([item, each] for each in found)
    return pairs


def random(end: Any, start: int | None = None, step: int | None = None, seed: Any = None) -> Any:
    """A number below ``end``, or an item of the list ``end``; the same for the same seed."""
    source = SystemRandom() if seed is None else Random(seed)
    if isinstance(end, int):
        return source.randrange(start or 0, end, step or 1)
    if not isinstance(end, Iterable):
        raise TemplateError("random takes a number or a list")
    if start or step:
        raise TemplateError("start and step of random go with a number, not with a list")
    return source.choice(list(end))


def shuffle(values: Iterable[Any], seed: Any = None) -> list[Any]:
    """The items in another order; the same for the same seed."""
    items = list(values)
    (SystemRandom() if seed is None else Random(seed)).shuffle(items)
    return items


ITERATION: dict[str, Callable[..., Any]] = {
    "flatten": flatten,
    "zip": zip_,
    "zip_longest": zip_longest,
    "product": product,
    "permutations": permutations,
    "combinations": combinations,
    "unique": unique,
    "extract": extract,
    "subelements": subelements,
    "random": random,
    "shuffle": shuffle,
}
