"""The tests (``x is changed``), by the name that templates use. Jinja calls them tests; the
word is taken here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2.tests import TESTS as OF_JINJA

from provision.templating.checks.addresses import ADDRESSES
from provision.templating.checks.files import FILES
from provision.templating.checks.results import RESULTS
from provision.templating.checks.values import VALUES
from provision.templating.versions import version

_OURS: dict[str, Callable[..., Any]] = {
    **FILES,
    **RESULTS,
    **VALUES,
    "version": version,
    "version_compare": version,
}
_ALL: dict[str, Any] = {**OF_JINJA, **_OURS}

CHECKS: dict[str, Callable[..., Any]] = {
    **_ALL,
    **{f"ansible.builtin.{name}": function for name, function in _ALL.items()},
    **{f"ansible.utils.{name}": function for name, function in ADDRESSES.items()},
}
