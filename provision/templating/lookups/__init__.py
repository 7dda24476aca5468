"""The lookups: data from files, programs, the environment and variables of the controller.

``look_up`` is also what ``with_NAME`` loops use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from provision.errors import TemplateError, did_you_mean
from provision.templating.lookups.base import Lookup, Request
from provision.templating.lookups.files import FILES
from provision.templating.lookups.lists import LISTS
from provision.templating.lookups.passwords import PASSWORDS
from provision.templating.lookups.tables import TABLES
from provision.templating.lookups.variables import VARIABLES
from provision.templating.lookups.world import WORLD
from provision.templating.scope import Scope
from provision.templating.undefined import Undefined
from provision.templating.values import unsafe

LOOKUPS: dict[str, Lookup] = {**FILES, **LISTS, **PASSWORDS, **TABLES, **VARIABLES, **WORLD}


def look_up(
    name: str, terms: Sequence[Any], options: Mapping[str, Any], scope: Scope | None
) -> list[Any] | None:
    """The results of a lookup, marked as never to be templates.

    Parameters:
        terms: what follows the name, lists flattened once by lookups that take several terms.
        options: the lookup's own, and ``errors``: strict (the default), warn or ignore.
        scope: variables and search path.

    Returns:
        None if it failed and ``errors`` is warn or ignore.

    Raises:
        TemplateError: no such lookup, or it failed.
    """
    short = name.removeprefix("ansible.builtin.").removeprefix("ansible.legacy.")
    function = LOOKUPS.get(short)
    if function is None:
        raise TemplateError(
            f"there is no lookup '{name}'",
            hint=did_you_mean(short, LOOKUPS) or f"lookups are {', '.join(sorted(LOOKUPS))}",
        )
    own = dict(options)
    errors = str(own.pop("errors", "strict"))
    for each in (*terms, *own.values()):
        if isinstance(each, Undefined) and short != "first_found":
            each.use()
    if scope is None:
        raise TemplateError(f"the lookup '{name}' is called without variables")
    try:
        return list(unsafe(function(Request(short, list(terms), own, scope))))
    except (TemplateError, OSError, ValueError, TypeError, LookupError) as error:
        if errors == "ignore":
            return None
        if errors == "warn":
            import logging  # 3 ms

            logging.getLogger("provision.lookup").warning("the lookup '%s' failed: %s", name, error)
            return None
        if isinstance(error, TemplateError):
            raise
        raise TemplateError(f"the lookup '{name}' failed: {error}") from None
