"""Where a run's time went: by task, by host and by phase; as a table, a page or a trace.

A host's time in a task ends when its answer has been dealt with. What was sent ahead has often
been answered by its turn and then shows as next to nothing; the first task of such a row of
tasks carries their round trip. What the node itself was busy for is told beside it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from provision.engine.events import (
    Event,
    HostFinished,
    PlaybookStarted,
    PlayStarted,
    RunFinished,
    TaskStarted,
)
from provision.report.files import prepare, write_whole
from provision.report.profile_page import page
from provision.report.span import Span

LONGEST = 20
"""Tasks that the table names."""
SUFFIXES = (".json", ".html")
_HEAD = f"{'seconds':>9}  {'share':>5}"


class Profile:
    """A subscriber that measures, and tells at the end of the run.

    Parameters:
        say: takes the table's lines.
        path: a Chrome trace (``.json``, for chrome://tracing and Perfetto) or a timeline to look
            at (``.html``).

    Raises:
        ProvisionError: the file cannot be written.
    """

    def __init__(self, say: Callable[[str], None], path: Path | None = None) -> None:
        if path is not None:
            prepare(path)
        self._say = say
        self._path = path
        self._began: float | None = None
        self._play = ""
        self._tasks: dict[int, tuple[str, str, float]] = {}
        self.spans: list[Span] = []
        self.ended = 0.0

    def __call__(self, event: Event) -> None:
        if self._began is None:
            self._began = event.at
        now = event.at - self._began
        if isinstance(event, PlayStarted):
            self._play = event.name
        elif isinstance(event, TaskStarted):
            self._tasks[event.task_id] = (self._play, event.path, now)
        elif isinstance(event, HostFinished):
            play, task, _ = self._tasks.get(event.task_id, (self._play, "meta", now))
            start = max(0.0, now - event.duration)
            self.spans.append(
                Span(
                    play,
                    task,
                    event.host,
                    start,
                    event.duration,
                    str(event.status),
                    event.on_node,
                )
            )
        elif isinstance(event, RunFinished):
            self.ended = now
        elif isinstance(event, PlaybookStarted):
            self._play = event.path

    def close(self) -> None:
        """Show the table and write the file. Raises ProvisionError."""
        for line in self.table():
            self._say(line)
        if self._path is None:
            return
        if self._path.suffix == ".html":
            write_whole(self._path, page(self.spans, self.ended))
        else:
            write_whole(self._path, json.dumps(self.trace()) + "\n")

    def table(self) -> list[str]:
        """The longest tasks, then hosts and plays, as lines of text."""
        slowest: dict[tuple[str, str], tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
        hosts: dict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
        plays: dict[str, tuple[float, float]] = {}
        for span in self.spans:
            key = (span.play, span.task)
            slowest[key] = max(slowest[key], (span.duration, span.on_node))
            seconds, on_node = hosts[span.host]
            hosts[span.host] = (seconds + span.duration, on_node + span.on_node)
            first, last = plays.get(span.play, (span.start, 0.0))
            plays[span.play] = (min(first, span.start), max(last, span.start + span.duration))
        lines = ["", f"{_HEAD}  {'on node':>7}  longest tasks (the slowest host counts)"]
        ranked = sorted(slowest.items(), key=lambda entry: entry[1], reverse=True)
        lines += [
            self._line(took, task, on_node) for (_, task), (took, on_node) in ranked[:LONGEST]
        ]
        lines.append(f"{_HEAD}  {'on node':>7}  hosts (the rest of the run they waited)")
        lines += [
            self._line(took, host, on_node)
            for host, (took, on_node) in sorted(hosts.items(), key=lambda e: -e[1][0])
        ]
        lines.append(f"{_HEAD}  {'':>7}  phases")
        lines += [self._line(last - first, play) for play, (first, last) in plays.items()]
        busy = sum(last - first for first, last in plays.values())
        lines.append(self._line(max(0.0, self.ended - busy), "between plays, and the end"))
        return lines

    def _line(self, seconds: float, what: str, on_node: float | None = None) -> str:
        share = 100 * seconds / self.ended if self.ended else 0.0
        node = "" if on_node is None else f"{on_node:.3f}"
        return f"{seconds:9.3f}  {share:4.0f}%  {node:>7}  {what}"

    def trace(self) -> dict[str, object]:
        """Chrome's trace format: complete events ("X"), a thread for each host.

        https://chromium.googlesource.com/catapult/+/HEAD/tracing/docs
        """
        threads = {host: n for n, host in enumerate(dict.fromkeys(s.host for s in self.spans), 1)}
        names = [
            {"ph": "M", "name": "thread_name", "pid": 1, "tid": number, "args": {"name": host}}
            for host, number in threads.items()
        ]
        work = [
            {
                "ph": "X",
                "name": span.task,
                "cat": span.play,
                "pid": 1,
                "tid": threads[span.host],
                "ts": round(span.start * 1e6),
                "dur": round(span.duration * 1e6),
                "args": {"status": span.status, "on_node": span.on_node},
            }
            for span in self.spans
        ]
        return {"displayTimeUnit": "ms", "traceEvents": [*names, *work]}
