"""The filters, by the name that templates use, with and without their collection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jinja2.filters import FILTERS as OF_JINJA

from provision.templating.filters.basics import BASICS
from provision.templating.filters.dates import DATES
from provision.templating.filters.general import GENERAL
from provision.templating.filters.hashing import HASHING
from provision.templating.filters.iteration import ITERATION
from provision.templating.filters.mappings import MAPPINGS
from provision.templating.filters.network import NETWORK
from provision.templating.filters.numbers import NUMBERS
from provision.templating.filters.paths import PATHS
from provision.templating.filters.regex import REGEX
from provision.templating.filters.serial import SERIAL
from provision.templating.filters.sets import SETS
from provision.templating.filters.text import TEXT
from provision.templating.filters.utils import UTILS
from provision.templating.versions import version

_OURS: dict[str, Callable[..., Any]] = {
    **BASICS,
    **DATES,
    **HASHING,
    **ITERATION,
    **MAPPINGS,
    **NETWORK,
    **NUMBERS,
    **PATHS,
    **REGEX,
    **SERIAL,
    **SETS,
    **TEXT,
    "version": version,
    "version_compare": version,
}
_OF_COLLECTIONS = {"community.general": GENERAL, "ansible.utils": UTILS}
"""Only their full names mean them."""

_COLLECTIONS = {
    "json_query": "community.general",
    "ipaddr": "ansible.utils",
    "ipv4": "ansible.utils",
    "ipv6": "ansible.utils",
    "ipwrap": "ansible.utils",
    "ipsubnet": "ansible.utils",
    "ipmath": "ansible.utils",
    "nthhost": "ansible.utils",
    "hwaddr": "ansible.utils",
    "macaddr": "ansible.utils",
}


def _named(table: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    qualified = {
        f"{_COLLECTIONS.get(name, 'ansible.builtin')}.{name}": function
        for name, function in table.items()
    }
    return {**table, **qualified}


FILTERS: dict[str, Callable[..., Any]] = {
    **_named({**OF_JINJA, **_OURS}),
    **{
        f"{collection}.{name}": function
        for collection, table in _OF_COLLECTIONS.items()
        for name, function in table.items()
    },
}
