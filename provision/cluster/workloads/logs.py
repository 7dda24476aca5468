"""What a service's containers write, each line with the task that wrote it.

Source: https://docs.docker.com/reference/api/engine/ (service logs); each line begins with its
time, when asked for, and with its details: KEY=VALUE, joined by commas, URL-encoded.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from provision.agent.docker.streams import frames
from provision.agent.docker.units import nanoseconds
from provision.agent.engine_api import Engine, segment
from provision.agent.task import ModuleFailed
from provision.cluster.engines import refusals
from provision.cluster.workloads.listing import find_service, task_name
from provision.errors import UsageError

_TASK, _NODE = "com.docker.swarm.task.id", "com.docker.swarm.node.id"
_OWN = "com.docker.swarm."
_SHORT = 12


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines.

    Parameters:
        since: an RFC 3339 time, Unix seconds, or how long ago, such as ``10m``; "" for all.
        tail: a number, or ``all``.
    """

    follow: bool = False
    since: str = ""
    tail: str = "all"
    timestamps: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line, or the part of one that has come.

    Parameters:
        source: ``SERVICE.SLOT.TASK@NODE``.
        details: the container's labels and environment that its log driver was told to add.
    """

    error: bool
    source: str
    stamp: str
    details: str
    text: str
    record: dict[str, str] = field(default_factory=dict)


def lines(engine: Engine, name: str, wanted: Wanted) -> Iterator[Line]:
    """The lines of a service, or of one task by its ID, as they come.

    Raises:
        UsageError: there is no such service or task.
        TaskFailed: the Engine refused; some log drivers cannot be read.
    """
    with refusals():
        path, tty = _path(engine, name)
        names = {each["ID"]: each["Spec"]["Name"] for each in engine.get("/services")}
        nodes = {each["ID"]: each["Description"]["Hostname"] for each in engine.get("/nodes")}
        tasks = {each["ID"]: task_name(each, names) for each in engine.get("/tasks")}
        query = {
            "stdout": True,
            "stderr": True,
            "follow": wanted.follow,
            "since": since(wanted.since) if wanted.since else None,
            "tail": wanted.tail,
            "timestamps": wanted.timestamps,
            "details": True,
        }
        asked = engine.waiting() if wanted.follow else engine
        connection, answer = asked.open("GET", path, query)
        try:
            for error, data in frames(answer, tty):
                for text in data.decode("utf-8", "replace").splitlines():
                    yield _line(error, text, wanted.timestamps, tasks, nodes)
        except OSError as broken:
            raise engine.unreachable(broken) from None
        finally:
            connection.close()


def since(text: str, now: float | None = None) -> str:
    """A time as the Engine wants it: Unix seconds.

    Raises:
        UsageError: it is none.
    """
    from datetime import datetime

    if re.fullmatch(r"\d+(\.\d+)?", text):
        return text
    try:
        ago = nanoseconds("--since", text) / 10**9
    except ModuleFailed:
        try:
            return f"{datetime.fromisoformat(text).timestamp():.9f}"
        except ValueError:
            raise UsageError(f"--since {text}: write 10m, 1h30m, or 2026-01-02T13:23:37Z") from None
    return f"{(time.time() if now is None else now) - ago:.9f}"


def _path(engine: Engine, name: str) -> tuple[str, bool]:
    try:
        service = find_service(engine, name)
        path = f"/services/{service['ID']}/logs"
        spec = service["Spec"]["TaskTemplate"]
    except UsageError:
        task = engine.find(f"/tasks/{segment(name)}")
        if task is None:
            raise
        path, spec = f"/tasks/{task['ID']}/logs", task["Spec"]
    return path, bool((spec.get("ContainerSpec") or {}).get("TTY"))


def _line(
    error: bool, text: str, stamped: bool, tasks: dict[str, str], nodes: dict[str, str]
) -> Line:
    stamp = ""
    if stamped:
        stamp, _, text = text.partition(" ")
    told, _, text = text.partition(" ")
    details: dict[str, Any] = dict(parse_qsl(told.replace(",", "&"), keep_blank_values=True))
    task, node = str(details.get(_TASK, "")), str(details.get(_NODE, ""))
    source = f"{tasks.get(task, task)}.{task[:_SHORT]}@{nodes.get(node, node)}"
    extra = ",".join(f"{key}={value}" for key, value in details.items() if _OWN not in key)
    record = {"task": task, "name": tasks.get(task, ""), "node": nodes.get(node, node)}
    return Line(error, source, stamp, extra, text, record)
