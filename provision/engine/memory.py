"""What a run has learnt about one host: facts, included variables, assigned variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provision.templating import unsafe

_PREFIX = "ansible_"


class Memory:
    """One host's variables that came up during the run, by precedence.

    Attributes:
        facts: the ``ansible_facts`` dictionary.
        injected: facts as top-level variables (``ansible_hostname``, ...).
        included: include_vars.
        assigned: set_fact and register.
        unforeseen: those of them that check mode has guessed.
    """

    __slots__ = ("assigned", "facts", "included", "injected", "unforeseen")

    def __init__(self) -> None:
        self.facts: dict[str, Any] = {}
        self.injected: dict[str, Any] = {"ansible_facts": self.facts}
        self.included: dict[str, Any] = {}
        self.assigned: dict[str, Any] = {}
        self.unforeseen: set[str] = set()

    def learn(self, facts: Mapping[str, Any]) -> None:
        """Facts as modules return them, with or without the ``ansible_`` prefix."""
        for name, value in unsafe(dict(facts)).items():
            self.injected[name] = value
            bare = name.removeprefix(_PREFIX) if name != "ansible_local" else name
            self.facts[bare] = value

    def forget_facts(self) -> None:
        """meta: clear_facts."""
        self.facts.clear()
        self.injected.clear()
        self.injected["ansible_facts"] = self.facts
