"""What tasks teach their hosts: facts, ``include_vars``, ``set_fact``.

While a task is under way only its own conditions and later items see it. The host itself learns
it when the task has ended well: what failed has taught nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from provision.engine.memory import Memory

_VARIABLES = frozenset({"include_vars", "set_fact"})
_TEACHES_NOTHING = frozenset({"debug"})


class Lesson(NamedTuple):
    """What one result teaches.

    Parameters:
        host: who learns it; with ``delegate_facts`` not the host that the task is for.
        facts: the result's ``ansible_facts``.
        cacheable: of ``set_fact``: they become facts too.
    """

    host: str
    action: str
    facts: Mapping[str, Any]
    cacheable: bool = False

    def into(self, memory: Memory) -> None:
        """A host learns it."""
        if self.action == "include_vars":
            memory.included.update(self.facts)
            return
        if self.action == "set_fact":
            memory.assigned.update(self.facts)
        if self.action != "set_fact" or self.cacheable:
            memory.learn(self.facts)

    def variables(self, known: Mapping[str, Any]) -> Mapping[str, Any]:
        """What comes later in the same task sees, before all else.

        Parameters:
            known: the ``ansible_facts`` so far.
        """
        if self.action in _VARIABLES:
            return self.facts
        memory = Memory()
        memory.facts.update(known)
        memory.learn(self.facts)
        return memory.injected


def lesson_of(
    action: str, result: Mapping[str, Any], host: str, cacheable: bool = False
) -> Lesson | None:
    """What a result teaches, if anything."""
    facts = result.get("ansible_facts")
    if action in _TEACHES_NOTHING or not facts or not isinstance(facts, dict):
        return None
    return Lesson(host, action, facts, cacheable)
