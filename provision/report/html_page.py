"""A run as one HTML page that needs nothing beside itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape

from provision.engine.events import Status
from provision.report.recap import COUNTS, style_of
from provision.report.record import Outcome, PlayRecord, Recorder, TaskRecord
from provision.report.text import clean, seconds

_STYLE = """
:root { color-scheme: light dark; --ok: #2e7d32; --changed: #b26a00; --failed: #c62828;
  --unreachable: #8e0000; --skipped: #607d8b; --line: #8884; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto;
  padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid var(--line); }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
pre { overflow-x: auto; padding: .6rem; border: 1px solid var(--line); margin: .3rem 0; }
.ok { color: var(--ok); } .changed { color: var(--changed); } .failed { color: var(--failed); }
.unreachable { color: var(--unreachable); } .skipped { color: var(--skipped); }
.lane { position: relative; height: .8rem; min-width: 14rem; background: var(--line); }
.bar { position: absolute; top: 0; bottom: 0; min-width: 2px; background: currentColor; }
small { opacity: .75; }
"""


def page(recorder: Recorder) -> str:
    """The whole page."""
    title = "provision: " + (", ".join(recorder.playbooks) or "run")
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
            f"<h1>{_text(title)}</h1>",
            _summary(recorder),
            *_failures(recorder),
            *_hosts(recorder),
            *_timeline(recorder),
            *_warnings(recorder),
            "</body>\n</html>\n",
        ]
    )


def _text(text: str) -> str:
    return escape(clean(text))


def _summary(recorder: Recorder) -> str:
    began = datetime.fromtimestamp(recorder.began, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    finished = recorder.finished
    if finished is None:
        return f'<p class="failed">Cut short. Began {began}.</p>'
    word = "ok" if finished.exit_code == 0 else "failed"
    return (
        f'<p><strong class="{word}">Exit code {finished.exit_code}</strong> after '
        f"{seconds(finished.duration)}. Began {began}.</p>"
    )


def _failures(recorder: Recorder) -> Iterator[str]:
    bad = [
        (task, outcome)
        for play in recorder.plays
        for task in play.tasks.values()
        for outcome in task.outcomes
        if outcome.status in (Status.FAILED, Status.UNREACHABLE)
    ]
    if not bad:
        return
    yield "<h2>Failures</h2>"
    for task, outcome in bad:
        note = " (ignored)" if outcome.ignored else " (rescued)" if outcome.rescued else ""
        opened = "" if note else " open"
        said = "\n".join(filter(None, [outcome.message, outcome.details]))
        yield (
            f'<details{opened}><summary><strong class="{outcome.status.value}">'
            f"{outcome.status.value}</strong> {_text(outcome.host)}: {_text(task.path)}{note}"
            f"</summary><small>{_text(task.location)}</small><pre>{_text(said)}</pre></details>"
        )


def _hosts(recorder: Recorder) -> Iterator[str]:
    if not recorder.recap:
        return
    yield "<h2>Hosts</h2>\n<table><tr><th>host</th>"
    yield "".join(f"<th>{name}</th>" for name in COUNTS) + "</tr>"
    for host, tally in recorder.recap.items():
        counts = "".join(f'<td class="n">{getattr(tally, name)}</td>' for name in COUNTS)
        yield f'<tr><td class="{style_of(tally)}">{_text(host)}</td>{counts}</tr>'
    yield "</table>"


def _timeline(recorder: Recorder) -> Iterator[str]:
    yield "<h2>Timeline</h2>"
    ends = [
        outcome.ended
        for play in recorder.plays
        for task in play.tasks.values()
        for outcome in task.outcomes
    ]
    span = max([*(end - recorder.began for end in ends), 0.001])
    for play in recorder.plays:
        yield f"<h3>{_text(play.name)}</h3>\n<table>"
        yield "<tr><th>task</th><th>hosts</th><th>time</th><th></th></tr>"
        for task in play.tasks.values():
            yield _task_row(task, play, recorder.began, span)
        yield "</table>"


def _task_row(task: TaskRecord, play: PlayRecord, began: float, span: float) -> str:
    bars = "".join(_bar(outcome, began, span) for outcome in task.outcomes)
    longest = max((outcome.duration for outcome in task.outcomes), default=0.0)
    counts = ", ".join(
        f'<span class="{status.value}">{count} {status.value}</span>'
        for status in Status
        if (count := sum(outcome.status is status for outcome in task.outcomes))
    )
    kind = "handler " if task.handler else ""
    return (
        f"<tr><td>{_text(task.path or task.module)}<br><small>{kind}{_text(task.location)}"
        f'</small></td><td>{counts}</td><td class="n">{seconds(longest)}</td>'
        f'<td><div class="lane">{bars}</div></td></tr>'
    )


def _bar(outcome: Outcome, began: float, span: float) -> str:
    start = max(0.0, outcome.ended - outcome.duration - began)
    left, width = 100 * start / span, 100 * outcome.duration / span
    title = _text(f"{outcome.host}: {outcome.status.value}, {seconds(outcome.duration)}")
    return (
        f'<div class="bar {outcome.status.value}" title="{title}" '
        f'style="left:{min(left, 100):.2f}%;width:{min(width, 100):.2f}%"></div>'
    )


def _warnings(recorder: Recorder) -> Iterator[str]:
    if recorder.warnings:
        yield "<h2>Warnings</h2>\n<ul>"
        yield from (f"<li>{_text(warning)}</li>" for warning in recorder.warnings)
        yield "</ul>"
