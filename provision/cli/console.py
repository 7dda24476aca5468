"""The engine's events on this terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provision.engine.events import Subscriber


@contextmanager
def console_for(verbosity: int, color: bool | None) -> Iterator[Subscriber]:
    """A subscriber that shows a run, and gives the terminal back when it ends."""
    from provision.report.console import make_console

    console = make_console(sys.stdout, color=color, verbosity=verbosity, live=None)
    try:
        yield console
    finally:
        console.close()
