"""Tests of values: defined, matching, containing."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from provision.errors import TemplateError
from provision.inventory.vault import is_encrypted
from provision.located import VaultText
from provision.templating.filters.basics import to_bool
from provision.templating.undefined import Undefined, takes_undefined


@takes_undefined
def defined(value: Any) -> bool:
    """Whether a variable, attribute or item exists."""
    if isinstance(value, Undefined):
        if value.broken:
            value.use()
        return False
    return True


@takes_undefined
def undefined(value: Any) -> bool:
    """Whether a variable, attribute or item does not exist."""
    return not defined(value)


def regex(
    value: Any,
    pattern: str = "",
    ignorecase: bool = False,
    multiline: bool = False,
    match_type: str = "search",
) -> bool:
    """Whether a regular expression matches: anywhere, at the beginning or the whole text.

    Parameters:
        match_type: search, match or fullmatch.
    """
    if match_type not in ("search", "match", "fullmatch"):
        raise TemplateError(f"match_type cannot be '{match_type}'")
    flags = (re.IGNORECASE if ignorecase else 0) | (re.MULTILINE if multiline else 0)
    try:
        compiled = re.compile(str(pattern), flags)
    except re.error as error:
        raise TemplateError(f"'{pattern}' is not a regular expression: {error}") from None
    return getattr(compiled, match_type)(str(value)) is not None


def match(value: Any, pattern: str = "", ignorecase: bool = False, multiline: bool = False) -> bool:
    """Whether a regular expression matches at the beginning."""
    return regex(value, pattern, ignorecase, multiline, "match")


def search(
    value: Any, pattern: str = "", ignorecase: bool = False, multiline: bool = False
) -> bool:
    """Whether a regular expression matches anywhere."""
    return regex(value, pattern, ignorecase, multiline)


def contains(values: Any, item: Any) -> bool:
    """Whether a list, mapping or text has something in it."""
    return item in values


def subset(a: Iterable[Any], b: Iterable[Any]) -> bool:
    """Whether everything in the first list is in the second."""
    members = list(b)
    return all(each in members for each in a)


def superset(a: Iterable[Any], b: Iterable[Any]) -> bool:
    """Whether everything in the second list is in the first."""
    return subset(b, a)


def truthy(value: Any, convert_bool: bool = False) -> bool:
    """Whether a value counts as true; with ``convert_bool`` texts by their meaning."""
    return bool(to_bool(value) if convert_bool and isinstance(value, str) else value)


def falsy(value: Any, convert_bool: bool = False) -> bool:
    """Whether a value counts as false."""
    return not truthy(value, convert_bool)


def nan(value: Any) -> bool:
    """Whether a value is the number that is no number."""
    return isinstance(value, float) and math.isnan(value)


def vault_encrypted(value: Any) -> bool:
    """Whether a value is vault-encrypted text."""
    return isinstance(value, VaultText) or (isinstance(value, str) and is_encrypted(value))


def uri(value: Any, schemes: list[str] | None = None) -> bool:
    """Whether a text is a URI, of one of the schemes if given."""
    try:
        parts = urlsplit(str(value))
    except ValueError:
        return False
    known = not schemes or parts.scheme in schemes
    return bool(parts.scheme and (parts.netloc or parts.path)) and known


def url(value: Any, schemes: list[str] | None = None) -> bool:
    """Whether a text is a URL, of one of the schemes if given."""
    return uri(value, schemes) and bool(urlsplit(str(value)).netloc)


def urn(value: Any) -> bool:
    """Whether a text is a URN."""
    return uri(value, ["urn"])


VALUES: dict[str, Callable[..., Any]] = {
    "defined": defined,
    "undefined": undefined,
    "regex": regex,
    "match": match,
    "search": search,
    "contains": contains,
    **dict.fromkeys(("subset", "issubset"), subset),
    **dict.fromkeys(("superset", "issuperset"), superset),
    "truthy": truthy,
    "falsy": falsy,
    **dict.fromkeys(("nan", "isnan"), nan),
    "vault_encrypted": vault_encrypted,
    "uri": uri,
    "url": url,
    "urn": urn,
    "any": any,
    "all": all,
}
