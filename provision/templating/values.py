"""What is a template, what never is, and what stands for "leave this out"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, final

from provision.located import LocatedStr, VaultText


@final
class Omit:
    """The type of OMIT."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "omit"

    def __str__(self) -> str:
        return ""


OMIT: Final = Omit()
"""What the variable ``omit`` is: a parameter or list item that is it is left out."""


def has_markers(text: str) -> bool:
    """Whether a text would be a template, if it may be one."""
    return "{" in text and ("{{" in text or "{%" in text or "{#" in text)


def is_template(value: Any) -> bool:
    """Whether rendering would do anything to a value: a template or ``!vault`` text within it.

    Strings marked unsafe (``!unsafe``, results of modules and of templates) never are.
    """
    if isinstance(value, str):
        if isinstance(value, LocatedStr):
            return isinstance(value, VaultText) or (not value.unsafe and has_markers(value))
        return has_markers(value)
    if isinstance(value, Mapping):
        return isinstance(value, dict) and any(is_template(each) for each in value.values())
    if isinstance(value, list | tuple):
        return any(is_template(each) for each in value)
    return False


def unsafe(value: Any) -> Any:
    """The same data with every string that looks like a template marked as never to be one.

    For whatever comes from outside: results of modules, facts, files, answers of a user.
    Data without such strings come back as they are, not copied.
    """
    if isinstance(value, str):
        if not has_markers(value) or (isinstance(value, LocatedStr) and value.unsafe):
            return value
        return LocatedStr(value, getattr(value, "at", None), unsafe=True)
    # Most of facts is text without a brace. Not to call this for each of it halves the time.
    if isinstance(value, dict):
        changed = {
            key: new
            for key, each in value.items()
            if (type(each) is not str or "{" in each) and (new := unsafe(each)) is not each
        }
        return {**value, **changed} if changed else value
    if isinstance(value, list | tuple):
        made = [each if type(each) is str and "{" not in each else unsafe(each) for each in value]
        return value if all(new is old for new, old in zip(made, value, strict=True)) else made
    return value
