"""Subscribers to the engine's events: what people and CI see of a run.

The reports are context managers that give a subscriber; leaving them writes or closes the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from provision.engine.events import Subscriber


@contextmanager
def junit(path: Path) -> Iterator[Subscriber]:
    """JUnit XML. Raises ProvisionError if the file cannot be written."""
    from provision.report.junit_xml import JUnitReport

    report = JUnitReport(path)
    try:
        yield report
    finally:
        report.close()


@contextmanager
def json_lines(path: Path) -> Iterator[Subscriber]:
    """One JSON object an event. Raises ProvisionError if the file cannot be written."""
    from provision.report.event_log import EventLog

    log = EventLog(path)
    try:
        yield log
    finally:
        log.close()


@contextmanager
def html(path: Path) -> Iterator[Subscriber]:
    """A page to look at. Raises ProvisionError if the file cannot be written."""
    from provision.report.html_page import HtmlReport

    report = HtmlReport(path)
    try:
        yield report
    finally:
        report.close()


@contextmanager
def profile(path: Path | None) -> Iterator[Subscriber]:
    """A table of where the time went, and a trace or timeline. Raises ProvisionError."""
    import click

    from provision.report.profile import Profile

    report = Profile(click.echo, path)
    try:
        yield report
    finally:
        report.close()
