"""Containers whose templates are rendered when they are reached, and plain data again.

``a: {x: 1, y: "{{ a.x }}"}`` works because reaching ``a`` renders neither of its values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2.utils import missing

from provision.errors import TemplateError
from provision.located import LocatedStr, VaultText
from provision.templating.undefined import Undefined, UndefinedUse
from provision.templating.values import OMIT, has_markers

if TYPE_CHECKING:
    from provision.templating.scope import Scope


class LazyDict(dict[Any, Any]):
    """A copy of a mapping that renders a value in a scope when it is first asked for."""

    def __init__(self, raw: Mapping[Any, Any], scope: Scope) -> None:
        super().__init__(raw)
        self._scope = scope
        self._pending = {
            key for key, value in raw.items() if not isinstance(value, bool | int | float | None)
        }

    def __getitem__(self, key: Any) -> Any:
        if key in self._pending:
            value = wrap(super().__getitem__(key), self._scope)
            super().__setitem__(key, value)
            self._pending.discard(key)
            return value
        return super().__getitem__(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        self._pending.discard(key)

    def _all(self) -> LazyDict:
        for key in list(self._pending):
            self[key]
        return self

    # Overridden so that dict(), {**x} and json ask for each value instead of copying storage.
    def __iter__(self) -> Iterator[Any]:
        return super().__iter__()

    def get(self, key: Any, default: Any = None) -> Any:
        return self[key] if key in self else default  # noqa: SIM401 - it is get itself

    def items(self) -> Any:
        return dict.items(self._all())

    def values(self) -> Any:
        return dict.values(self._all())

    def copy(self) -> dict[Any, Any]:
        return dict(dict.items(self._all()))

    def pop(self, key: Any, *default: Any) -> Any:
        self._all()
        return super().pop(key, *default)

    def popitem(self) -> tuple[Any, Any]:
        self._all()
        return super().popitem()

    def setdefault(self, key: Any, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, *args: Any, **kwargs: Any) -> None:
        for key, value in dict(*args, **kwargs).items():
            self[key] = value

    def __eq__(self, other: object) -> bool:
        return dict.__eq__(self._all(), other._all() if isinstance(other, LazyDict) else other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None

    def __or__(self, other: Any) -> dict[Any, Any]:
        return self.copy() | dict(other)

    def __ror__(self, other: Any) -> dict[Any, Any]:
        return dict(other) | self.copy()

    def __repr__(self) -> str:
        return repr(finalize(self))


def wrap(value: Any, scope: Scope) -> Any:
    """A raw value as expressions see it: rendered, or a container that will be."""
    if isinstance(value, str):
        if isinstance(value, VaultText) or (
            has_markers(value) and not (isinstance(value, LocatedStr) and value.unsafe)
        ):
            return scope.evaluate(value)
        return value
    if isinstance(value, dict):
        return value if isinstance(value, LazyDict) else LazyDict(value, scope)
    if isinstance(value, list | tuple):
        return [each for item in value if (each := wrap(item, scope)) is not OMIT]
    return value


def finalize(value: Any) -> Any:
    """Plain data: dicts, lists and scalars, nothing undefined, omitted or lazy in it.

    Strings that look like templates come back marked as never to be one: they are results.

    Raises:
        whatever a value in it that could not be rendered has to say.
    """
    return _finalize(value, ())


def _finalize(value: Any, above: tuple[int, ...]) -> Any:
    if isinstance(value, str):
        if has_markers(value) and not (isinstance(value, LocatedStr) and value.unsafe):
            return LocatedStr(value, getattr(value, "at", None), unsafe=True)
        return value if type(value) is str or isinstance(value, LocatedStr) else str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Undefined):
        value.use()
    if isinstance(value, jinja2.Undefined):
        raise UndefinedUse("an 'if' without 'else' gives nothing here", None, missing)
    if callable(value):
        raise TemplateError("this gives a function", hint="call it: add ()")
    if isinstance(value, Mapping):
        if id(value) in above:
            return OMIT
        within = (*above, id(value))
        pairs = ((key, _finalize(value[key], within)) for key in list(value))
        return {
            str(key) if isinstance(key, str) else key: each
            for key, each in pairs
            if each is not OMIT
        }
    if isinstance(value, bytes | bytearray | memoryview):
        return value
    if isinstance(value, Iterable):
        if id(value) in above:
            return OMIT
        within = (*above, id(value))
        return [each for item in value if (each := _finalize(item, within)) is not OMIT]
    return value
