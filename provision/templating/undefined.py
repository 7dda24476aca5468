"""Variables that are not defined, and values that could not be rendered.

Both stand in for the value until somebody uses it, so that ``{{ a.b.c | default(1) }}`` works
and an unused branch costs nothing. Filters hand them on; using one raises what went wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import jinja2
from jinja2.runtime import StrictUndefined
from jinja2.utils import missing

from provision.errors import TemplateError


class UndefinedVariable(TemplateError):
    """A variable, attribute or item that does not exist was used."""


class UndefinedUse(jinja2.UndefinedError):
    """Raised inside a template by the use of something undefined.

    Parameters:
        name: the variable or attribute; None when a template called ``undef()``.
        owner: what should have had the attribute; ``missing`` for a variable.
    """

    def __init__(self, message: str, name: Any, owner: Any) -> None:
        super().__init__(message)
        self.name = name
        self.owner = owner


class Undefined(StrictUndefined):
    """Stands for something undefined, and for anything below it."""

    __slots__ = ()

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,
        name: str | None = None,
        exc: Any = None,
    ) -> None:
        def use(message: str) -> UndefinedUse:
            return UndefinedUse(message, name, obj)

        super().__init__(hint, obj, name, exc if isinstance(exc, _Captured) else use)  # type: ignore[arg-type]

    @property
    def failure(self) -> TemplateError | None:
        """What went wrong, if this stands for a value that could not be rendered."""
        captured: Any = self._undefined_exception
        return captured.failure if isinstance(captured, _Captured) else None

    @property
    def broken(self) -> bool:
        """Whether this is an error that no ``default`` may hide."""
        failure = self.failure
        return failure is not None and not isinstance(failure, UndefinedVariable)

    def use(self) -> NoReturn:
        """Raise what went wrong."""
        self._fail_with_undefined_error()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, key: Any) -> Any:
        return self


_Function = TypeVar("_Function", bound=Callable[..., Any])


def takes_undefined(function: _Function) -> _Function:
    """Mark a filter or test that works on undefined values instead of handing them on."""
    function.takes_undefined = True  # type: ignore[attr-defined]
    return function


class _Captured:
    def __init__(self, failure: TemplateError) -> None:
        self.failure = failure

    def __call__(self, message: str) -> TemplateError:
        return self.failure


def captured(failure: TemplateError) -> Undefined:
    """A stand-in for a value that could not be rendered."""
    return Undefined(hint=failure.message, exc=_Captured(failure))
