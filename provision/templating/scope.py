"""Variables as expressions see them: rendered when first used, and once.

A child scope (a loop's item, a task's vars) shares what its parent has rendered, except for
variables that use, directly or through others, a name that the child defines.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2.utils import missing

from provision.errors import Location, TemplateError
from provision.located import location_of
from provision.templating.lazy import wrap
from provision.templating.names import names_used
from provision.templating.undefined import captured
from provision.templating.values import OMIT

if TYPE_CHECKING:
    from provision.templating.templar import Templar

_UNKNOWN = object()


class _Trail(threading.local):
    """The variables that are being rendered now, outermost first."""

    def __init__(self) -> None:
        self.steps: list[tuple[Scope, str]] = []


_trail = _Trail()


class Scope(Mapping[str, Any]):
    """A read-only view on raw variables, with their templates rendered.

    Made by ``Templar.scope``. Values are memoized: make a new scope when raw values change.
    Variables that use lookups, ``now()`` or ``vars`` are rendered at each use.

    Parameters:
        search: folders that relative paths in lookups and includes are looked for in.
        at: where to say an error is when the value does not know.
    """

    def __init__(
        self,
        templar: Templar,
        raw: Mapping[str, Any],
        parent: Scope | None = None,
        search: Sequence[Path] = (),
        at: Location | None = None,
    ) -> None:
        self.templar = templar
        self.parent = parent
        self.search = tuple(search)
        self.at = at
        self._raw = raw
        self._rendered: dict[str, Any] = {}
        self._final: dict[str, Any] = {}
        self._uses: dict[str, frozenset[str] | None] = {}

    def child(
        self,
        extra: Mapping[str, Any],
        *,
        search: Sequence[Path] | None = None,
        at: Location | None = None,
    ) -> Scope:
        """A scope with more variables over this one's, which stays as it is."""
        return Scope(
            self.templar, extra, self, self.search if search is None else search, at or self.at
        )

    def __getitem__(self, key: str) -> Any:
        """The plain value of a variable.

        Raises:
            KeyError: there is no such variable.
            TemplateError: it cannot be rendered.
        """
        if key in self._final:
            return self._final[key]
        value = self.lookup(key)
        if value is missing:
            raise KeyError(key)
        plain = self.templar.settle(value, self, at=location_of(self._find(key)))
        if key in self._rendered:
            self._final[key] = plain
        return plain

    def __contains__(self, key: object) -> bool:
        return key in self._raw or (self.parent is not None and key in self.parent)

    def __iter__(self) -> Iterator[str]:
        yield from self._raw
        if self.parent is not None:
            yield from (key for key in self.parent if key not in self._raw)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    # Identity: comparing two scopes as mappings would render every variable in both.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"Scope({len(self)} variables)"

    def raw(self, key: str, default: Any = None) -> Any:
        """A variable as it was written."""
        found = self._find(key)
        return default if found is missing else found

    def lookup(self, key: str) -> Any:
        """A variable as expressions see it: lazy containers, stand-ins for what is broken.

        Returns:
            ``jinja2.utils.missing`` if there is no such variable.
        """
        found = self._rendered.get(key, _UNKNOWN)
        if found is not _UNKNOWN:
            return found
        home = self._home(key)
        if home is None:
            return {"vars": self, "omit": OMIT}.get(key, missing)
        value = self._render(key) if home is self else home.lookup(key)
        if self.uses(key) is not None:
            self._rendered[key] = value
        return value

    def evaluate(self, text: str) -> Any:
        """A template string as expressions see it; a stand-in if it cannot be rendered."""
        try:
            return self.templar.evaluate(text, self)
        except TemplateError as failure:
            return captured(failure)

    def uses(self, key: str) -> frozenset[str] | None:
        """The names a variable depends on, through others too.

        Returns:
            None if that is not known before rendering, because it uses ``vars`` or a lookup.
        """
        known = self._uses.get(key, _UNKNOWN)
        if known is _UNKNOWN:
            known = self._uses[key] = self._trace(key)
        return known  # type: ignore[return-value]

    def _trace(self, key: str) -> frozenset[str] | None:
        if key not in self._raw and self.parent is not None:
            above = self.parent.uses(key)
            if above is None or not any(name in self._raw for name in above):
                return above
        seen: set[str] = set()
        queue = [key]
        while queue:
            direct = names_used(self._find(queue.pop()))
            if direct is None:
                return None
            queue.extend(direct - seen)
            seen |= direct
        return frozenset(seen)

    def _home(self, key: str) -> Scope | None:
        """The scope in which a variable is rendered: the outermost where it means the same."""
        if key in self._raw:
            return self
        if self.parent is None:
            return None
        home = self.parent._home(key)
        if home is None or not self._raw:
            return home
        uses = self.parent.uses(key)
        if uses is None or any(name in self._raw for name in uses):
            return self
        return home

    def _find(self, key: str) -> Any:
        scope: Scope | None = self
        while scope is not None:
            if key in scope._raw:
                return scope._raw[key]
            scope = scope.parent
        return missing

    def _render(self, key: str) -> Any:
        raw = self._find(key)
        if not isinstance(raw, str | dict | list | tuple):
            return raw
        step = (self, key)
        steps = _trail.steps
        if step in steps:
            cycle = [name for _, name in steps[steps.index(step) :]]
            what = " -> ".join(f"'{name}'" for name in [*cycle, key])
            return captured(
                TemplateError(
                    f"the variable '{key}' is defined by itself: {what}",
                    at=getattr(raw, "at", None) or self.at,
                    hint="give one of them another name",
                )
            )
        steps.append(step)
        try:
            return wrap(raw, self)
        finally:
            steps.pop()
