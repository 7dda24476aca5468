"""Whether a node has tasks: drain, pause, activate."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from provision.cluster.operation import Operation
from provision.cluster.swarm.members import alive, member, speaker, tasks
from provision.errors import MachineError
from provision.verify.probes.base import ClusterView, NoAnswer, Node
from provision.verify.probes.engine_api import engine

MOVE = 180.0
"""Seconds that a drained node's tasks may take to run elsewhere."""

POLL = 0.5
"""Seconds between two looks."""


def declare(work: Operation, node: Node, availability: str, *, wait: float | None = MOVE) -> None:
    """Set a node's availability and remember it, so that later commands keep and expect it.

    Parameters:
        wait: as for ``drain``; None for not to wait.

    Raises:
        MachineError: its tasks do not run elsewhere in time; it stays drained.
    """
    manager = speaker(work.view)
    identity = member(work.view, manager, node.name).id
    cluster = work.cluster
    cluster.shape = cluster.shape.with_availability(node.name, availability)
    cluster.save()
    moving = _services(work.view, manager, identity) if availability == "drain" else {}
    _set(work, manager, node, identity, availability)
    if availability == "drain" and wait is not None:
        _wait(work, manager, node, identity, moving, wait)


def drain(work: Operation, node: Node, manager: Node, identity: str, wait: float = MOVE) -> None:
    """Drain a node that is about to leave, and wait until its tasks run elsewhere.

    Parameters:
        manager: who is asked and told.
        identity: the node's in the swarm.
        wait: seconds.

    Raises:
        MachineError: they do not run elsewhere in time; it stays drained.
    """
    moving = _services(work.view, manager, identity)
    _set(work, manager, node, identity, "drain")
    _wait(work, manager, node, identity, moving, wait)


def _set(work: Operation, manager: Node, node: Node, identity: str, availability: str) -> None:
    args = {"hostname": identity, "availability": availability}
    changed = work.module(manager, "docker_node", args)["changed"]
    said = {"drain": "drained", "pause": "paused", "active": "active"}[availability]
    work.say(f"{node.name}: {'' if changed else 'already '}{said}")


def _services(view: ClusterView, manager: Node, identity: str) -> dict[str, int]:
    """The services with tasks on a node, and how many replicas each is to have elsewhere.

    Global services and jobs are not to move: 0.
    """
    found = {}
    for service in {task["ServiceID"] for task in alive(tasks(view, manager, node=identity))}:
        spec = engine(view, manager, f"/services/{service}", "a service that has a task")["Spec"]
        replicated = (spec.get("Mode") or {}).get("Replicated") or {}
        found[service] = int(replicated.get("Replicas", 1)) if replicated else 0
    return found


def _wait(
    work: Operation,
    manager: Node,
    node: Node,
    identity: str,
    moving: Mapping[str, int],
    seconds: float,
) -> None:
    deadline = time.monotonic() + seconds
    while left := _left(work.view, manager, identity, moving):
        if time.monotonic() > deadline:
            shown = "".join(f"\n  {line}" for line in left)
            raise MachineError(
                f"{node.name} is drained, but after {seconds:g} s this is not so:"
                f" all its tasks run elsewhere{shown}",
                hint=f"`provision node activate {node.name}` lets it have them again",
            )
        time.sleep(POLL)
    count = len(moving)
    if count:
        work.say(f"{node.name}: {count} service{'s run' if count > 1 else ' runs'} without it")


def _left(view: ClusterView, manager: Node, identity: str, moving: Mapping[str, int]) -> list[str]:
    """As ``_unmoved``; a manager that has no leader for a moment has not said that all is well."""
    try:
        return _unmoved(view, manager, identity, moving)
    except NoAnswer as silence:
        return [str(silence)]


def _unmoved(
    view: ClusterView, manager: Node, identity: str, moving: Mapping[str, int]
) -> list[str]:
    """What still runs there, and what does not run elsewhere yet; a line each."""
    here = alive(tasks(view, manager, node=identity))
    found = [f"{len(here)} tasks have not ended on it"] if here else []
    for service, wanted in moving.items():
        listed = tasks(view, manager, service=service)
        running = [
            task
            for task in listed
            if task.get("NodeID") != identity
            and task["DesiredState"] == "running"
            and task["Status"]["State"] == "running"
        ]
        if len(running) < wanted:
            found.append(_explained(view, manager, service, listed, wanted, len(running)))
    return found


def _explained(
    view: ClusterView,
    manager: Node,
    service: str,
    listed: Sequence[Mapping[str, Any]],
    wanted: int,
    running: int,
) -> str:
    name = engine(view, manager, f"/services/{service}", "a service")["Spec"]["Name"]
    latest = sorted(listed, key=lambda task: str(task["CreatedAt"]), reverse=True)
    errors = [task["Status"].get("Err") for task in latest if task["Status"].get("Err")]
    why = f" ({errors[0]})" if errors else ""
    return f"of {name}, {running} of {wanted} replicas run elsewhere{why}"
