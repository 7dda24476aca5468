"""The run on the terminal it was started from."""

from __future__ import annotations

import os
import threading
from typing import Protocol, TextIO

from provision.engine.events import Event
from provision.report.narration import Line, Narrator
from provision.report.plain import PlainScreen
from provision.report.progress import Progress


class Screen(Protocol):
    """Where lines go, with whatever shows what is under way."""

    def write(self, lines: list[Line]) -> None: ...

    def close(self) -> None: ...


class Console:
    """A subscriber. Events may come from several threads."""

    def __init__(self, narrator: Narrator, progress: Progress, screen: Screen) -> None:
        self._narrator = narrator
        self._progress = progress
        self._screen = screen
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        with self._lock:
            self._progress.follow(event)
            lines = list(self._narrator.tell(event))
            if lines:
                self._screen.write(lines)

    def close(self) -> None:
        """Give the terminal back."""
        self._screen.close()


def make_console(
    stream: TextIO, *, color: bool | None = None, verbosity: int = 0, live: bool | None = None
) -> Console:
    """A console on a stream.

    Parameters:
        color: None decides: on a terminal, unless NO_COLOR is set (https://no-color.org).
        verbosity: 0 to 3, the number of -v.
        live: show the hosts at work below the lines, redrawn in place. None decides: on a
            terminal, unless colours were refused.
    """
    terminal = stream.isatty() and os.environ.get("TERM", "") != "dumb"
    if live is None:
        live = terminal and color is not False
    if color is None:
        color = terminal and not os.environ.get("NO_COLOR")
    progress = Progress()
    screen: Screen
    if live:
        from provision.report.live import LiveScreen

        screen = LiveScreen(stream, progress, color=color)
    else:
        screen = PlainScreen(stream, progress, color=color)
    return Console(Narrator(verbosity), progress, screen)
