"""Runs a small playbook in this process and records what happened."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from provision.engine.catalog import catalog
from provision.engine.events import Event, HostFinished, RunFinished, Tally, TaskStarted
from provision.engine.options import RunOptions
from provision.engine.runner import run
from provision.inventory import load_inventory
from provision.playbook.loader import load_playbook
from tests.unit.engine.local_sessions import LocalSessions

INVENTORY = """
[web]
a
b
[db]
c
"""


@dataclass
class Recorded:
    events: list[Event] = field(default_factory=list)
    finished: RunFinished | None = None
    sessions: LocalSessions = field(default_factory=LocalSessions)

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def exit_code(self) -> int:
        assert self.finished is not None
        return self.finished.exit_code

    @property
    def recap(self) -> Mapping[str, Tally]:
        assert self.finished is not None
        return self.finished.recap

    def said(self, host: str) -> list[Any]:
        """The messages of debug tasks on a host, in order; those of loops one by one."""
        messages: list[Any] = []
        modules = {event.task_id: event.module for event in self.of(TaskStarted)}
        for event in self.of(HostFinished):
            if event.host != host or modules.get(event.task_id) != "debug":
                continue
            each = event.result.get("results") or [event.result]
            messages += [one["msg"] for one in each if "msg" in one and not one.get("failed")]
        return messages

    def results(self, host: str) -> list[Mapping[str, Any]]:
        return [event.result for event in self.of(HostFinished) if event.host == host]

    def titles(self) -> list[str]:
        return [event.path for event in self.of(TaskStarted)]


class Kitchen:
    """A folder with an inventory, in which playbooks are written and run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("hosts.ini", INVENTORY)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    def play(
        self,
        text: str,
        *,
        sessions: LocalSessions | None = None,
        inventory: str | None = None,
        **options: Any,
    ) -> Recorded:
        """Run a playbook; plays without ``gather_facts`` do gather."""
        path = self.write("play.yml", text)
        recorded = Recorded(sessions=sessions or LocalSessions())
        if inventory is not None:
            self.write("hosts.ini", inventory)
        recorded.finished = run(
            [load_playbook(path, catalog())],
            load_inventory([str(self.folder / "hosts.ini")]),
            RunOptions(**options),
            sessions=recorded.sessions,
            subscribers=[recorded.events.append],
        )
        return recorded

    def tasks(self, text: str, hosts: str = "all", **options: Any) -> Recorded:
        """Run tasks as a play of its own that gathers no facts."""
        body = textwrap.indent(textwrap.dedent(text), "    ")
        return self.play(f"- hosts: {hosts}\n  gather_facts: false\n  tasks:\n{body}", **options)
