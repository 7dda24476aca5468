"""What happens during a run, as values. The console, JUnit, JSON and HTML subscribe.

Results in events are already censored: ``no_log`` and secret parameters never get here.

Each is one of its kind (no ``eq``) and says what it is (a docstring): dataclasses compile their
methods at each start, and make the docstring that a class does not have. Both spare 4 ms.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from provision.errors import Location


class Status(enum.StrEnum):
    OK = "ok"
    CHANGED = "changed"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Event:
    """Parameters: at: seconds since the epoch."""

    at: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlaybookStarted(Event):
    """A playbook begins."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlayStarted(Event):
    """A play begins with these hosts."""

    name: str
    hosts: Sequence[str]
    location: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NoHosts(Event):
    """A play whose pattern matched nothing."""

    play: str
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TaskStarted(Event):
    """A task begins on its hosts (linear) or on the first of them (free).

    Parameters:
        path: ``role : task`` as the console shows it.
        module: the module's short name.
        hosts: those it begins on, so that live progress need not guess; empty if not known.
    """

    task_id: int
    path: str
    module: str
    handler: bool = False
    location: Location | None = None
    hosts: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ItemFinished(Event):
    """One turn of a task's loop ended on one host."""

    task_id: int
    host: str
    label: str
    status: Status
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Retrying(Event):
    """An attempt was not good enough, and another follows."""

    task_id: int
    host: str
    attempts: int
    retries: int
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Output(Event):
    """Live output of a module under way."""

    task_id: int
    host: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HostFinished(Event):
    """One task's end on one host.

    Parameters:
        ignored: it failed and ``ignore_errors`` said to go on.
        rescued: it failed inside a block that has a rescue.
        delegate: the host it ran on, when another.
        duration: seconds.
        on_node: seconds that its modules ran on the node; of a task that was sent ahead they may
            have passed before its turn came.
    """

    task_id: int
    host: str
    status: Status
    result: Mapping[str, Any]
    ignored: bool = False
    rescued: bool = False
    delegate: str | None = None
    duration: float = 0.0
    on_node: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Warned(Event):
    """Something that does not end the run, and that the user should know."""

    message: str
    location: Location | None = None


@dataclass(slots=True)
class Tally:
    """One host's line in the recap."""

    ok: int = 0
    changed: int = 0
    unreachable: int = 0
    failed: int = 0
    skipped: int = 0
    rescued: int = 0
    ignored: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunFinished(Event):
    """Parameters: stats: what set_stats kept, by host; "" has the figures of the whole run."""

    recap: Mapping[str, Tally]
    duration: float
    exit_code: int
    stats: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


Subscriber = Callable[[Event], None]
