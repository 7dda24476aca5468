"""A whole run remembered, for reports that are written at its end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from provision.engine import events
from provision.engine.events import Event, Status, Tally
from provision.report.results import details, failure_message, message


@dataclass(slots=True)
class Outcome:
    """One task on one host.

    Parameters:
        ended: seconds since the epoch.
        message: why it failed or was skipped; "" if it went well.
        details: what else a failed result says.
    """

    host: str
    status: Status
    ended: float
    duration: float
    message: str = ""
    details: str = ""
    ignored: bool = False
    rescued: bool = False
    delegate: str | None = None

    @property
    def bad(self) -> bool:
        """Whether it counts against the run."""
        lost = self.status in (Status.FAILED, Status.UNREACHABLE)
        return lost and not (self.ignored or self.rescued)


@dataclass(slots=True)
class TaskRecord:
    path: str
    module: str
    began: float
    location: str = ""
    handler: bool = False
    outcomes: list[Outcome] = field(default_factory=list)


@dataclass(slots=True)
class PlayRecord:
    name: str
    began: float
    tasks: dict[int, TaskRecord] = field(default_factory=dict)


class Recorder:
    """A subscriber that keeps what reports need.

    Attributes:
        finished: the last event of the run; None if it was cut short.
    """

    def __init__(self) -> None:
        self.playbooks: list[str] = []
        self.plays: list[PlayRecord] = []
        self.warnings: list[str] = []
        self.began = time.time()
        self.finished: events.RunFinished | None = None

    def __call__(self, event: Event) -> None:
        match event:
            case events.PlaybookStarted():
                self.playbooks.append(event.path)
            case events.PlayStarted():
                self.plays.append(PlayRecord(event.name, event.at))
            case events.TaskStarted():
                self._play(event.at).tasks.setdefault(
                    event.task_id,
                    TaskRecord(
                        event.path,
                        event.module,
                        event.at,
                        str(event.location or ""),
                        event.handler,
                    ),
                )
            case events.HostFinished():
                task = self._play(event.at).tasks.get(event.task_id)
                if task is not None:
                    task.outcomes.append(_outcome(event))
            case events.Warned():
                where = f"{event.location}: " if event.location else ""
                self.warnings.append(where + event.message)
            case events.RunFinished():
                self.finished = event

    def _play(self, at: float) -> PlayRecord:
        if not self.plays:
            self.plays.append(PlayRecord("", at))
        return self.plays[-1]

    @property
    def recap(self) -> Mapping[str, Tally]:
        return self.finished.recap if self.finished else {}


def _outcome(event: events.HostFinished) -> Outcome:
    said, more = "", ""
    if event.status in (Status.FAILED, Status.UNREACHABLE):
        said = failure_message(event.result)
        more = "\n".join([*details(event.result), *_failed_items(event.result)])
    elif event.status is Status.SKIPPED:
        said = message(event.result) or str(event.result.get("skip_reason", ""))
    return Outcome(
        host=event.host,
        status=event.status,
        ended=event.at,
        duration=event.duration,
        message=said,
        details=more,
        ignored=event.ignored,
        rescued=event.rescued,
        delegate=event.delegate,
    )


def _failed_items(result: Mapping[str, Any]) -> list[str]:
    lines: list[str] = []
    for item in result.get("results") or ():
        if isinstance(item, Mapping) and item.get("failed"):
            lines.append(f"    item {item.get('item')}: {failure_message(item)}")
            lines += [f"    {line}" for line in details(item)]
    return lines
