"""Remembers where a host's sessions go, for as long as its variables say the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from provision.engine import targets
from provision.engine.layers import Layers
from provision.engine.targets import Connection
from provision.playbook.model import Settings
from provision.templating import Scope, is_template

if TYPE_CHECKING:
    from provision.engine.run import Run


class Connections:
    """Resolves connections, and reads the variables again only when one has changed."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._known: dict[str, tuple[tuple[tuple[Any, ...], dict[str, Any]], Connection]] = {}

    def get(
        self,
        name: str,
        settings: Settings,
        raw: Layers,
        scope: Scope,
        keywords: Scope,
    ) -> Connection:
        """The connection of a task.

        Parameters:
            name: the host it runs on.
            raw: that host's variables as written.
            scope: the same, rendered.
            keywords: the variables that the task's own keywords are rendered with.

        Raises: as ``targets.resolve``.
        """
        said = tuple(getattr(settings, name) for name in targets.KEYWORDS)
        found = raw.among(targets.NAMES)
        key = (said, found)
        known = self._known.get(name)
        if known is not None and known[0] == key:
            return known[1]
        constant = not is_template(said) and not is_template(found)
        if any(is_template(value) for value in said):
            templar = self._run.templar
            settings = replace(
                settings,
                **{
                    name: templar.render(value, keywords)
                    for name, value in zip(targets.KEYWORDS, said, strict=True)
                    if is_template(value)
                },
            )
        implicit = self._run.is_implicit(name)
        made = targets.resolve(name, scope, settings, self._run.options, implicit=implicit)
        if constant:
            self._known[name] = (key, made)
        return made
