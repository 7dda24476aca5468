"""Which hosts are at work on what, and since when: for live progress and "still running"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from provision.engine import events
from provision.engine.events import Event, Status
from provision.report.text import clean


class UnderWay(NamedTuple):
    """One host at work. Parameters: since: seconds since the epoch. output: its last line."""

    host: str
    task_id: int
    path: str
    since: float
    output: str = ""


class Progress:
    """Follows the events. ``under_way`` may be called from another thread."""

    def __init__(self) -> None:
        self._hosts: dict[str, UnderWay] = {}
        self._alive: dict[str, None] = {}

    def follow(self, event: Event) -> None:
        match event:
            case events.PlayStarted():
                self._hosts = {}
                self._alive = dict.fromkeys(event.hosts)
            case events.TaskStarted():
                for host in event.hosts or self._alive:
                    if host not in self._hosts:
                        self._hosts[host] = UnderWay(host, event.task_id, event.path, event.at)
            case events.Output() | events.Retrying():
                self._note(event)
            case events.HostFinished():
                self._finish(event)
            case events.RunFinished():
                self._hosts = {}

    def _note(self, event: events.Output | events.Retrying) -> None:
        entry = self._hosts.get(event.host)
        if entry is None or entry.task_id != event.task_id:
            return
        if isinstance(event, events.Retrying):
            output = f"attempt {event.attempts} of {event.retries} failed"
        else:
            lines = [line for line in clean(event.text).split("\n") if line.strip()]
            if not lines:
                return
            output = lines[-1].strip()
        self._hosts[event.host] = entry._replace(output=output)

    def _finish(self, event: events.HostFinished) -> None:
        entry = self._hosts.get(event.host)
        if entry is not None and entry.task_id == event.task_id:
            del self._hosts[event.host]
        gone = event.status in (Status.FAILED, Status.UNREACHABLE)
        if gone and not (event.ignored or event.rescued):
            self._alive.pop(event.host, None)

    def under_way(self) -> list[UnderWay]:
        """The hosts at work, in the order in which they began."""
        snapshot: Mapping[str, UnderWay] = self._hosts.copy()
        return list(snapshot.values())
