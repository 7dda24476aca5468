"""Defaults, truth and types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from provision.located import LocatedDict, LocatedList, LocatedStr
from provision.templating.lazy import LazyDict
from provision.templating.undefined import Undefined, UndefinedVariable, takes_undefined

_TRUE = frozenset({"yes", "on", "true", "1", "y", "t"})


@takes_undefined
def default(value: Any, default_value: Any = "", boolean: bool = False) -> Any:
    """The value, or another if it is undefined (with ``boolean``: if it is falsy)."""
    if isinstance(value, Undefined):
        if value.broken:
            value.use()
        return default_value
    return default_value if boolean and not value else value


@takes_undefined
def mandatory(value: Any, msg: str | None = None) -> Any:
    """The value, which must be defined."""
    if isinstance(value, Undefined):
        if msg is not None:
            raise UndefinedVariable(str(msg))
        value.use()
    return value


def to_bool(value: Any) -> bool:
    """Whether a value means yes: True, 1, "yes", "on", "true" in any case."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value.strip().lower() in _TRUE
    return value == 1 if isinstance(value, int | float) else False


def ternary(value: Any, true_val: Any, false_val: Any, none_val: Any = None) -> Any:
    """One value if the first is truthy, another if it is not, a third if it is None."""
    if value is None and none_val is not None:
        return none_val
    return true_val if bool(value) else false_val


@takes_undefined
def type_debug(value: Any) -> str:
    """The name of a value's type."""
    for ours, plain in ((LocatedStr, "str"), (LazyDict, "dict"), (LocatedDict, "dict")):
        if isinstance(value, ours):
            return plain
    return "list" if isinstance(value, LocatedList) else type(value).__name__


def undef(hint: str | None = None) -> Undefined:
    """Something undefined, whose use says ``hint``."""
    return Undefined(hint=hint or "a mandatory variable has not been overridden")


BASICS: dict[str, Callable[..., Any]] = {
    "default": default,
    "d": default,
    "mandatory": mandatory,
    "bool": to_bool,
    "ternary": ternary,
    "type_debug": type_debug,
}
