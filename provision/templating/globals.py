"""The functions that templates can call: lookup, query, now, undef."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from jinja2 import pass_context

from provision.errors import TemplateError
from provision.templating.filters.basics import undef
from provision.templating.lookups import look_up


@pass_context
def lookup(context: Any, name: str, *terms: Any, **options: Any) -> Any:
    """Data from elsewhere. Several texts come joined by commas, unless ``wantlist`` is true.

    Parameters:
        name: the lookup, with or without ``ansible.builtin.``.
        options: those of the lookup; ``wantlist``; ``errors``: strict, warn or ignore.
    """
    wantlist = bool(options.pop("wantlist", False))
    found = look_up(name, terms, options, context.scope)
    if wantlist or found is None:
        return found
    if len(found) == 1:
        return found[0]
    if found and all(isinstance(each, str) for each in found):
        return ",".join(found)
    return found


@pass_context
def query(context: Any, name: str, *terms: Any, **options: Any) -> Any:
    """Data from elsewhere, as a list."""
    options.pop("wantlist", None)
    found = look_up(name, terms, options, context.scope)
    return [] if found is None else found


def now(utc: bool = False, fmt: str | None = None) -> Any:
    """The time now, as a datetime without a zone, or as text in a format."""
    time = datetime.now(UTC).replace(tzinfo=None) if utc else datetime.now()  # noqa: DTZ005
    if fmt is None:
        return time
    try:
        return time.strftime(fmt)
    except ValueError as error:
        raise TemplateError(f"'{fmt}' is not a time format: {error}") from None


GLOBALS: dict[str, Callable[..., Any]] = {
    "lookup": lookup,
    "query": query,
    "q": query,
    "now": now,
    "undef": undef,
}
