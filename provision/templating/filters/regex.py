"""Regular expressions (Python's)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from provision.errors import TemplateError


def _compile(pattern: str, ignorecase: bool, multiline: bool) -> re.Pattern[str]:
    flags = (re.IGNORECASE if ignorecase else 0) | (re.MULTILINE if multiline else 0)
    try:
        return re.compile(str(pattern), flags)
    except re.error as error:
        raise TemplateError(f"'{pattern}' is not a regular expression: {error}") from None


def regex_replace(
    value: Any = "",
    pattern: str = "",
    replacement: str = "",
    ignorecase: bool = False,
    multiline: bool = False,
    count: int = 0,
    mandatory_count: int = 0,
) -> str:
    """The text with matches replaced.

    Parameters:
        replacement: may refer to groups: ``\\1``, ``\\g<name>``.
        count: replace at most so many; all if 0.
        mandatory_count: refuse a text in which not exactly so many were replaced.
    """
    try:
        text, done = _compile(pattern, ignorecase, multiline).subn(
            str(replacement), _text(value), count=count
        )
    except (re.error, IndexError) as error:
        raise TemplateError(f"'{replacement}' cannot replace '{pattern}': {error}") from None
    if mandatory_count and done != mandatory_count:
        raise TemplateError(
            f"'{pattern}' should match {mandatory_count} times, but matches {done} times"
        )
    return text


def regex_search(
    value: Any, regex: str, *args: str, ignorecase: bool = False, multiline: bool = False
) -> Any:
    """The first match; with groups such as ``'\\1'`` or ``'\\g<name>'`` a list of them.

    Returns:
        None if nothing matches.
    """
    groups: list[str | int] = []
    for arg in args:
        if match := re.fullmatch(r"\\g<(\S+)>", str(arg)):
            groups.append(int(match[1]) if match[1].isdigit() else match[1])
        elif match := re.fullmatch(r"\\(\d+)", str(arg)):
            groups.append(int(match[1]))
        else:
            raise TemplateError(
                f"'{arg}' names no group", hint="groups are written '\\\\1' or '\\\\g<name>'"
            )
    found = _compile(regex, ignorecase, multiline).search(_text(value))
    if not found:
        return None
    try:
        return [found.group(group) for group in groups] if groups else found.group()
    except IndexError:
        raise TemplateError(f"'{regex}' has no such group: {', '.join(args)}") from None


def regex_findall(
    value: Any, regex: str, multiline: bool = False, ignorecase: bool = False
) -> list[Any]:
    """Every match; where the expression has groups, these."""
    return _compile(regex, ignorecase, multiline).findall(_text(value))


def regex_escape(string: Any, re_type: str = "python") -> str:
    """A text as a regular expression that matches just it.

    Parameters:
        re_type: ``python`` or ``posix_basic``.
    """
    if re_type == "python":
        return re.escape(_text(string))
    if re_type == "posix_basic":
        return re.sub(r"([].[^$*\\])", r"\\\1", _text(string))
    raise TemplateError(f"re_type cannot be '{re_type}'", hint="python or posix_basic")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


REGEX: dict[str, Callable[..., Any]] = {
    "regex_replace": regex_replace,
    "regex_search": regex_search,
    "regex_findall": regex_findall,
    "regex_escape": regex_escape,
}
