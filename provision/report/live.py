"""Lines that scroll, and below them the hosts at work, redrawn in place."""

from __future__ import annotations

import threading
import time
from typing import TextIO

from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from provision.report.narration import Line
from provision.report.progress import Progress, UnderWay
from provision.report.text import seconds

_STYLES = {
    "added": "green",
    "changed": "yellow",
    "failed": "red",
    "heading": "bold",
    "hunk": "cyan",
    "ignored": "cyan",
    "ok": "green",
    "removed": "red",
    "retry": "magenta",
    "skipped": "cyan",
    "unreachable": "bold red",
    "warning": "bold magenta",
}
_MOST_HOSTS = 8
# Seconds. Shorter tasks would only flicker.
_SHOWN_AFTER = 0.5


class LiveScreen:
    """Writes lines above a table of what is under way."""

    def __init__(self, stream: TextIO, progress: Progress, *, color: bool) -> None:
        self._progress = progress
        self._console = Console(
            file=stream, force_terminal=True, no_color=not color, highlight=False, emoji=False
        )
        self._live = Live(
            console=self._console,
            get_renderable=self._table,
            refresh_per_second=4,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="live", daemon=True)
        self._watcher.start()

    def write(self, lines: list[Line]) -> None:
        with self._lock:
            if not self._progress.under_way():
                self._live.stop()  # the next thing may be a prompt
            for line in lines:
                self._console.print(Text(line.text, _STYLES.get(line.style, "")), soft_wrap=True)

    def close(self) -> None:
        self._closed.set()
        self._watcher.join()
        with self._lock:
            self._live.stop()

    def _watch(self) -> None:
        """Show the table once something takes longer; most tasks are over before."""
        while not self._closed.wait(0.25):
            with self._lock:
                if not self._live.is_started and self._slow(time.time()):
                    self._live.start()

    def _slow(self, now: float) -> list[UnderWay]:
        return [entry for entry in self._progress.under_way() if now - entry.since >= _SHOWN_AFTER]

    def _table(self) -> RenderableType:
        now = time.time()
        entries = self._slow(now)
        table = Table.grid(padding=(0, 1))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, justify="right")
        table.add_column(no_wrap=True, overflow="ellipsis")
        for entry in entries[:_MOST_HOSTS]:
            table.add_row(
                Text(f"  {entry.host}", "bold"),
                seconds(now - entry.since),
                Text(entry.output or entry.path, "dim"),
            )
        if len(entries) > _MOST_HOSTS:
            table.add_row(f"  and {len(entries) - _MOST_HOSTS} more", "", "")
        return table
