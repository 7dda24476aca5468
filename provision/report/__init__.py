"""Subscribers to the engine's events: what people and CI see of a run.

The reports are context managers that give a subscriber; leaving them writes or closes the file,
also when the run was cut short.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from provision.engine.events import Subscriber

if TYPE_CHECKING:
    from provision.report.record import Recorder


@contextmanager
def junit(path: Path) -> Iterator[Subscriber]:
    """JUnit XML. Raises ProvisionError if the file cannot be written."""
    from provision.report.junit_xml import text

    with _recorded(path, text) as recorder:
        yield recorder


@contextmanager
def html(path: Path) -> Iterator[Subscriber]:
    """A page to look at. Raises ProvisionError if the file cannot be written."""
    from provision.report.html_page import page

    with _recorded(path, page) as recorder:
        yield recorder


@contextmanager
def json_lines(path: Path) -> Iterator[Subscriber]:
    """One JSON object an event. Raises ProvisionError if the file cannot be written."""
    from provision.report.event_log import EventLog

    with closing(EventLog(path)) as log:
        yield log


@contextmanager
def profile(path: Path | None) -> Iterator[Subscriber]:
    """A table of where the time went, and a trace or timeline. Raises ProvisionError."""
    import click

    from provision.report.profile import Profile

    with closing(Profile(click.echo, path)) as report:
        yield report


@contextmanager
def _recorded(path: Path, text: Callable[[Recorder], str]) -> Iterator[Recorder]:
    """What records a run; at its end a file is made of that. That it can be is seen before."""
    from provision.report.files import prepare, write_whole
    from provision.report.record import Recorder

    prepare(path)
    recorder = Recorder()
    try:
        yield recorder
    finally:
        write_whole(path, text(recorder))
