"""A node leaves the swarm: its tasks, its role, its place, its entry."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from provision.cluster.operation import Operation
from provision.cluster.quorum import Quorum
from provision.cluster.swarm.availability import MOVE, drain
from provision.cluster.swarm.members import Member, members, speaker
from provision.errors import MachineError, UsageError
from provision.verify.probes.base import ClusterView, NoAnswer, Node
from provision.verify.probes.swarm import swarm_of

PATIENCE = 90.0
"""Seconds for a step that has to wait for what came before to be known everywhere."""

_PASSING = ("leader", "not down", "demote it first", "deadline", "rpc error", "raft")
"""Words of failures that pass: an election, news that have not arrived."""

Result = TypeVar("Result")


def formed(view: ClusterView) -> bool:
    """Whether any node that answers is in a swarm."""
    return any(_place(view, node)[0] not in ("inactive", "") for node in view.nodes)


def quorum(found: Sequence[Member]) -> Quorum:
    """The managers, and how many of them are reachable."""
    return Quorum(
        "managers",
        {each.name: each.reachability == "reachable" for each in found if each.manager},
    )


def leave(work: Operation, node: Node, *, answers: bool, wait: float = MOVE) -> None:
    """Take a node out of the swarm, so that nothing of it is left; fine if it is out already.

    Parameters:
        answers: whether the node itself can be asked.
        wait: seconds for its tasks to run elsewhere.

    Raises:
        UsageError: it is in another swarm, which it is not made to leave.
        MachineError: a step does not succeed; the same again goes on from there.
    """
    view = work.view
    state, identity = _place(view, node) if answers else ("", "")
    manager = speaker(view, but=node)
    listed = members(view, manager)
    entries = [each for each in listed if each.name == node.name]
    if identity and identity not in [each.id for each in listed]:
        raise UsageError(
            f"{node.name} is in another swarm than {manager.name}: it is not made to leave that",
            hint="`docker swarm leave` on the node itself, if that is what you want",
        )
    for entry in entries:
        if answers and entry.state == "ready":
            drain(work, node, manager, entry.id, wait)
        demote(work, manager, entry)
    if state not in ("inactive", ""):
        # A locked one cannot tell what it is, and goes by force: demoted by now, and of this swarm
        # by its certificate.
        here = (swarm_of(view, manager).get("Cluster") or {}).get("ID")
        args = {"state": "absent", "force": state == "locked", "cluster_id": here}
        _patiently(lambda: work.module(node, "docker_swarm", args))
    for entry in entries:
        _forget(work, manager, entry, force=not answers)
    if entries or state not in ("inactive", ""):
        work.say(f"{node.name}: out of the swarm")


def demote(work: Operation, manager: Node, entry: Member) -> None:
    """Make a manager a worker, and wait until it is no raft member any more."""
    if entry.role == "manager" or entry.manager:
        args = {"hostname": entry.id, "role": "worker"}
        _patiently(lambda: work.module(manager, "docker_node", args))
        work.say(f"{entry.name}: a worker now")


def _forget(work: Operation, manager: Node, entry: Member, *, force: bool) -> None:
    args = {"state": "remove", "node_id": entry.id, "force": force}
    _patiently(lambda: work.module(manager, "docker_swarm", args))


def _place(view: ClusterView, node: Node) -> tuple[str, str]:
    """(state, node ID) as the node itself says; "" where it does not answer."""
    try:
        told = swarm_of(view, node)
    except NoAnswer:
        return "", ""
    return str(told.get("LocalNodeState") or "inactive"), str(told.get("NodeID") or "")


def _patiently(step: Callable[[], Result]) -> Result:
    """A step whose failures may pass, tried until it succeeds or PATIENCE is over."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return step()
        except MachineError as error:
            passing = any(word in error.message for word in _PASSING)
            if not passing or time.monotonic() > deadline:
                raise
        time.sleep(0.5)
