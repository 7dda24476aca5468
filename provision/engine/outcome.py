"""How one task ended on one host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from provision.engine.cursor import Group
from provision.engine.events import Status
from provision.engine.learning import Lesson
from provision.engine.results import Result


@dataclass(slots=True)
class Outcome:
    """Parameters:
    result: what is registered, uncensored.
    shown: the same for events.
    ignored: it failed or was unreachable, and that does not count.
    notify: names of the handlers to run.
    groups: tasks an include adds.
    meta: what a ``meta`` task asks for; None if there is nothing to do.
    lessons: what hosts have learnt from it.
    """

    status: Status
    result: Result
    shown: Result
    ignored: bool = False
    notify: list[str] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    meta: str | None = None
    lessons: Sequence[Lesson] = ()
    delegate: str | None = None
    duration: float = 0.0
    on_node: float = 0.0

    @property
    def failed(self) -> bool:
        """It failed, and that counts."""
        return self.status is Status.FAILED and not self.ignored

    @property
    def unreachable(self) -> bool:
        return self.status is Status.UNREACHABLE and not self.ignored
