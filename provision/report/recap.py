"""PLAY RECAP: one aligned line a host, and the time it all took."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields

from provision.engine.events import RunFinished, Tally
from provision.report.text import clean, plain_value, seconds

COUNTS = tuple(field.name for field in fields(Tally))


def recap_lines(event: RunFinished) -> Iterator[tuple[str, str]]:
    """(text, style) of each line."""
    wide = max((len(host) for host in event.recap), default=0)
    for host, tally in event.recap.items():
        counts = " ".join(f"{name}={getattr(tally, name):<4}" for name in COUNTS)
        yield f"{host:<{wide}} : {counts}".rstrip(), style_of(tally)
    yield "", ""
    yield f"Finished in {seconds(event.duration)}", ""


def stats_lines(event: RunFinished) -> Iterator[str]:
    """What set_stats kept: each host's figures, then those of the run."""
    for host, figures in sorted(event.stats.items(), key=lambda entry: (not entry[0], entry[0])):
        shown = json.dumps(plain_value(figures), ensure_ascii=False)
        yield f"    {host or 'RUN'}: {clean(shown)}"


def style_of(tally: Tally) -> str:
    """The worst of what a host went through, as a status."""
    if tally.unreachable:
        return "unreachable"
    if tally.failed:
        return "failed"
    return "changed" if tally.changed else "ok"
