"""Every module and action there is, for the playbook loader."""

from __future__ import annotations

import functools

from provision.agent.catalog import all_specs, resolve
from provision.agent.catalog import spec as module_spec
from provision.agent.spec import Spec
from provision.engine.actions.registry import ACTIONS
from provision.playbook.catalog import Catalog


class _OnDemand(Catalog):
    """Imports a module when a playbook first names it.

    All of them at once cost a sixth of the time that a small playbook takes.
    """

    def __init__(self) -> None:
        super().__init__(())
        self._complete = False
        self._met: set[str] = set()

    def own(self, name: str) -> Spec | None:
        if name not in self._met:
            self._learn(name)  # twice, if two threads ask at once, and no harm done
            self._met.add(name)
        return super().own(name)

    def names(self) -> list[str]:
        self._fill()
        return super().names()

    def suggest(self, name: str) -> str | None:
        self._fill()
        return super().suggest(name)

    def _learn(self, name: str) -> None:
        short = name.rpartition(".")[2]
        if self._complete:
            return
        if short in ACTIONS:
            self.add(ACTIONS[short].spec)
        elif (own := resolve(name)) is not None:
            self.add(module_spec(own))

    def _fill(self) -> None:
        if not self._complete:
            for spec in all_specs().values():
                self.add(spec)
            for action in ACTIONS.values():
                self.add(action.spec)
            self._complete = True


@functools.cache
def catalog() -> Catalog:
    """The modules of the agent and the actions of the engine. An action hides its module."""
    return _OnDemand()
