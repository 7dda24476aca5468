"""Events as lines of text: the wording people know from ansible-playbook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from provision.engine import events
from provision.engine.events import Event, Status
from provision.errors import Location
from provision.report.diffs import diff_lines
from provision.report.recap import recap_lines, stats_lines
from provision.report.results import debug_text, details, failure_message, message, whole
from provision.report.text import clean, indent

WIDTH = 79
_WORDS = {
    Status.OK: "ok",
    Status.CHANGED: "changed",
    Status.SKIPPED: "skipping",
    Status.FAILED: "fatal",
    Status.UNREACHABLE: "fatal",
}
_DIFF_STYLES = {"+": "added", "-": "removed", "@": "hunk"}


class Line(NamedTuple):
    """Parameters: style: a status, "heading", "warning", "retry", "added", ...; "" for plain."""

    text: str
    style: str = ""


def heading(text: str) -> Line:
    """``TASK [x] *****``."""
    return Line(f"{text} {'*' * max(3, WIDTH - len(text) - 1)}", "heading")


class Narrator:
    """Turns each event into the lines that tell it.

    Parameters:
        verbosity: 1 shows every result as YAML, 2 also where tasks stand and noisy keys.
    """

    def __init__(self, verbosity: int = 0) -> None:
        self._verbosity = verbosity
        self._tasks: dict[int, events.TaskStarted] = {}
        self._shown_task: int | None = None
        self._play = ""
        self._excerpts: set[tuple[int, Location | None]] = set()
        self._hosts: set[str] = set()
        self._lost: set[str] = set()
        self._items_told: dict[tuple[int, str], bool] = {}

    def tell(self, event: Event) -> Iterator[Line]:
        match event:
            case events.PlaybookStarted():
                if self._verbosity:
                    yield Line(f"playbook: {clean(event.path)}")
            case events.PlayStarted():
                yield from self._no_more_hosts()
                self._hosts, self._lost, self._shown_task = set(event.hosts), set(), None
                self._play = event.name
                yield Line("")
                yield heading(f"PLAY [{clean(event.name)}]")
                if self._verbosity > 1 and event.location:
                    yield Line(f"at: {event.location}")
            case events.NoHosts():
                yield Line("")
                yield heading(f"PLAY [{clean(event.play)}]")
                yield Line(f"skipping: no hosts matched '{clean(event.pattern)}'", "skipped")
            case events.TaskStarted():
                self._tasks[event.task_id] = event
                yield from self._heading(event.task_id)
            case events.ItemFinished():
                yield from self._heading(event.task_id)
                yield from self._item(event)
            case events.HostFinished():
                yield from self._heading(event.task_id)
                yield from self._host(event)
            case events.Retrying():
                yield from self._heading(event.task_id)
                yield from self._retry(event)
            case events.Warned():
                where = f"{event.location}: " if event.location else ""
                first, *rest = clean(event.message).split("\n")
                yield Line(f"[WARNING]: {where}{first}", "warning")
                yield from (Line(f"    {line}", "warning") for line in rest)
            case events.RunFinished():
                yield from self._no_more_hosts()
                yield Line("")
                yield heading("PLAY RECAP")
                yield from (Line(text, style) for text, style in recap_lines(event))
                if event.stats:
                    yield heading("CUSTOM STATS:")
                    yield from map(Line, stats_lines(event))

    def _no_more_hosts(self) -> Iterator[Line]:
        if self._hosts and self._hosts <= self._lost:
            yield Line("")
            yield heading("NO MORE HOSTS LEFT")
        self._hosts = set()

    def _heading(self, task_id: int) -> Iterator[Line]:
        task = self._tasks.get(task_id)
        if task is None or task_id == self._shown_task:
            return
        self._shown_task = task_id
        yield Line("")
        yield heading(f"{'RUNNING HANDLER' if task.handler else 'TASK'} [{clean(task.path)}]")
        if self._verbosity > 1 and task.location:
            yield Line(f"at: {task.location}")

    def _item(self, event: events.ItemFinished) -> Iterator[Line]:
        key = (event.task_id, event.host)
        failed = event.status in (Status.FAILED, Status.UNREACHABLE)
        self._items_told[key] = self._items_told.get(key, False) or failed
        item = f"(item={clean(event.label)})".replace("\n", " ")
        if failed:
            word = "failed" if event.status is Status.FAILED else "fatal"
            yield from self._failed(f"{word}: [{event.host}] => {item}", event.status, event)
            return
        start = f"{_WORDS[event.status]}: [{event.host}] => {item}"
        yield from self._went_well(start, event.status, event)

    def _host(self, event: events.HostFinished) -> Iterator[Line]:
        who = f"{event.host} -> {event.delegate}" if event.delegate else event.host
        failed_items = self._items_told.pop((event.task_id, event.host), None)
        start = f"{_WORDS[event.status]}: [{who}]"
        if event.status in (Status.FAILED, Status.UNREACHABLE):
            if not (event.ignored or event.rescued):
                self._lost.add(event.host)
            if not failed_items:
                yield from self._failed(start, event.status, event)
            if event.ignored:
                yield Line("...ignoring", "ignored")
            elif event.rescued:
                yield Line("...rescuing", "ignored")
        elif failed_items is None:
            yield from self._went_well(start, event.status, event)

    def _failed(
        self, start: str, status: Status, event: events.ItemFinished | events.HostFinished
    ) -> Iterator[Line]:
        result = event.result
        first, *rest = failure_message(result).split("\n")
        yield from self._diff(result)
        word = "UNREACHABLE!" if status is Status.UNREACHABLE else "FAILED!"
        yield Line(f"{start}: {word} => {first}", status.value)
        yield from (Line(f"    {line}".rstrip(), status.value) for line in rest)
        yield from (Line(line, status.value) for line in details(result, self._verbosity))
        task = self._tasks.get(event.task_id)
        if task is not None:
            yield from (Line(line, status.value) for line in self._origin(task, status, result))
        if self._verbosity > 1:
            yield from (Line(line, status.value) for line in whole(result, self._verbosity))

    def _origin(
        self, task: events.TaskStarted, status: Status, result: Mapping[str, Any]
    ) -> Iterator[str]:
        """Which task failed, and the source lines, these once however many hosts fail there."""
        said = result.get("location")
        at = Location.parse(str(said)) if said else task.location
        where = f" ({task.location})" if task.location is not None else ""
        yield f"    task: {clean(self._play)} > {clean(task.path).replace(' : ', ' > ')}{where}"
        key = (task.task_id, at)
        if at is None or key in self._excerpts or status is Status.UNREACHABLE:
            return
        self._excerpts.add(key)
        if excerpt := at.excerpt():
            yield from indent(excerpt)

    def _went_well(
        self, start: str, status: Status, event: events.ItemFinished | events.HostFinished
    ) -> Iterator[Line]:
        result, style = event.result, status.value
        yield from self._diff(result)
        task = self._tasks.get(event.task_id)
        if task is not None and task.module == "debug" and status is not Status.SKIPPED:
            yield from _said(start, debug_text(result), style)
        elif status is Status.OK and (included := _included(result)):
            yield Line(f"included: {included} for {event.host}", style)
        elif self._verbosity:
            yield Line(f"{start} =>" if not start.endswith(")") else start, style)
            yield from (Line(line, style) for line in whole(result, self._verbosity))
        else:
            reason = message(result) if status is Status.SKIPPED else ""
            yield Line(f"{start} => {reason}" if reason and "\n" not in reason else start, style)
        for warning in _texts(result.get("warnings")):
            yield Line(f"[WARNING]: {clean(warning)}", "warning")

    def _diff(self, result: Mapping[str, Any]) -> Iterator[Line]:
        for line in diff_lines(result.get("diff")):
            for part in line.split("\n"):
                yield Line(part, _DIFF_STYLES.get(part[:1], ""))

    def _retry(self, event: events.Retrying) -> Iterator[Line]:
        task = self._tasks.get(event.task_id)
        name = clean(task.path) if task else "task"
        left = max(0, event.retries - event.attempts)
        said = message(event.result).split("\n")[0] if event.result.get("failed") else ""
        yield Line(
            f"FAILED - RETRYING: [{event.host}]: {name} ({left} retries left)."
            + (f" {said}" if said else ""),
            "retry",
        )
        if self._verbosity:
            yield from (Line(line, "retry") for line in whole(event.result, self._verbosity))


def _said(start: str, text: str, style: str) -> Iterator[Line]:
    """Short messages on the line, long ones below it."""
    if not text:
        yield Line(start, style)
    elif "\n" not in text:
        yield Line(f"{start} => {text}", style)
    else:
        yield Line(f"{start} =>", style)
        yield from (Line(line, style) for line in indent(text.rstrip("\n")))


def _included(result: Mapping[str, Any]) -> str:
    """What an include_tasks or include_role brought in; "" for other tasks."""
    return clean(str(result.get("include") or result.get("include_role") or ""))


def _texts(value: Any) -> list[str]:
    if isinstance(value, (list, tuple)):
        return [str(entry) for entry in value]
    return [str(value)] if value else []
