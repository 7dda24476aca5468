"""Runs made of events, and a terminal that is a string."""

from __future__ import annotations

import io
import itertools
from typing import Any

from provision.engine.events import (
    Event,
    HostFinished,
    ItemFinished,
    PlayStarted,
    RunFinished,
    Status,
    Tally,
    TaskStarted,
)
from provision.errors import Location
from provision.report.console import Console, make_console

_ids = itertools.count(1)


class Terminal(io.StringIO):
    """A stream that says it is a terminal, or not."""

    def __init__(self, terminal: bool = False) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


class Run:
    """Builds the events of a run and shows them as plain lines."""

    def __init__(self, *hosts: str, verbosity: int = 0) -> None:
        self.hosts = hosts or ("n1", "n2")
        self.stream = Terminal()
        self.console: Console = make_console(self.stream, verbosity=verbosity)
        self.task_id = 0
        self.tell(PlayStarted(name="the play", hosts=self.hosts))

    def tell(self, event: Event) -> None:
        self.console(event)

    def task(self, path: str = "web : Install", module: str = "apt", **more: Any) -> None:
        self.task_id = next(_ids)
        more.setdefault("location", Location("tasks/main.yml", 3, 5))
        self.tell(TaskStarted(task_id=self.task_id, path=path, module=module, **more))

    def host(self, host: str, status: Status, **result: Any) -> None:
        self.tell(HostFinished(task_id=self.task_id, host=host, status=status, result=result))

    def ended(self, status: Status, *, host: str = "n1", **fields: Any) -> None:
        self.tell(
            HostFinished(
                task_id=self.task_id,
                host=host,
                status=status,
                result=fields.pop("result", {}),
                **fields,
            )
        )

    def item(self, label: str, status: Status, host: str = "n1", **result: Any) -> None:
        self.tell(
            ItemFinished(task_id=self.task_id, host=host, label=label, status=status, result=result)
        )

    def finish(self, **recap: Tally) -> None:
        self.tell(RunFinished(recap=recap, duration=73.2, exit_code=0))

    @property
    def text(self) -> str:
        self.console.close()
        return self.stream.getvalue()

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()
