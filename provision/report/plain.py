"""Lines and nothing but lines: for logs, CI and --no-color."""

from __future__ import annotations

import threading
import time
from typing import TextIO

from provision.report.narration import Line
from provision.report.progress import Progress, UnderWay
from provision.report.text import seconds

STILL_AFTER, STILL_EVERY = 5.0, 15.0

_CODES = {
    "added": "32",
    "changed": "33",
    "failed": "31",
    "heading": "1",
    "hunk": "36",
    "ignored": "36",
    "ok": "32",
    "removed": "31",
    "retry": "35",
    "skipped": "36",
    "unreachable": "1;31",
    "warning": "1;35",
}


class PlainScreen:
    """Writes lines, and after each quiet period one that says who is still at work.

    Parameters:
        still_after, still_every: seconds of a task's running before the first such line, and
            between it and the next.
    """

    def __init__(
        self,
        stream: TextIO,
        progress: Progress,
        *,
        color: bool = False,
        still_after: float = STILL_AFTER,
        still_every: float = STILL_EVERY,
    ) -> None:
        self._stream = stream
        self._progress = progress
        self._color = color
        self._still_after = still_after
        self._still_every = still_every
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._watcher: threading.Thread | None = None
        self._reader_gone = False

    def write(self, lines: list[Line]) -> None:
        with self._lock:
            if not self._reader_gone:
                self._put(lines)
            if self._watcher is None and not self._closed.is_set():
                self._watcher = threading.Thread(
                    target=self._watch, name="still-running", daemon=True
                )
                self._watcher.start()

    def _put(self, lines: list[Line]) -> None:
        try:
            for line in lines:
                self._stream.write(_encodable(self._styled(line) + "\n", self._stream))
            self._stream.flush()
        except BrokenPipeError:
            # `... | head` has seen enough. That is no reason to leave hosts half done.
            self._reader_gone = True

    def close(self) -> None:
        self._closed.set()
        if self._watcher is not None:
            self._watcher.join()

    def _styled(self, line: Line) -> str:
        code = _CODES.get(line.style) if self._color and line.text else None
        return f"\x1b[{code}m{line.text}\x1b[0m" if code else line.text

    def _watch(self) -> None:
        told: dict[tuple[str, int], float] = {}
        while not self._closed.wait(min(1.0, self._still_after / 2)):
            now = time.time()
            under_way = self._progress.under_way()
            told = {
                key: told.get(key, entry.since + self._still_after - self._still_every)
                for entry in under_way
                for key in [(entry.host, entry.task_id)]
            }
            due = [
                entry
                for entry in under_way
                if now - told[entry.host, entry.task_id] >= self._still_every
            ]
            if due:
                # Together, so that hosts which began apart do not fill the log.
                told.update(dict.fromkeys(told, now))
                self.write([Line(text) for text in still_running(due, now)])


def still_running(entries: list[UnderWay], now: float) -> list[str]:
    """One line for each task under way, and one for each host that said something."""
    lines: list[str] = []
    for path in dict.fromkeys(entry.path for entry in entries):
        here = [entry for entry in entries if entry.path == path]
        hosts = ", ".join(entry.host for entry in here)
        longest = max(now - entry.since for entry in here)
        lines.append(f"still running: [{hosts}] {path}: {seconds(longest)}")
        lines += [f"    {entry.host}: {entry.output}" for entry in here if entry.output]
    return lines


def _encodable(text: str, stream: TextIO) -> str:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding, "replace")
