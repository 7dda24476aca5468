"""A swarm of one manager, made of the state that it has: ``force-new-cluster``.

What it had acknowledged stays; the other managers are no part of it any more. Only `provision
recover` and `provision swarm restore` do this.
https://docs.docker.com/engine/swarm/admin_guide/#recover-from-losing-the-quorum
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from provision.cluster.swarm.members import Member, members
from provision.cluster.swarm.operation import SwarmOperation
from provision.errors import MachineError
from provision.verify.probes.base import LATE, NoAnswer, Node
from provision.verify.probes.engine_api import API, REFUSAL_TIMEOUT, SOCKET, engine
from provision.verify.probes.swarm import swarm_of

PATIENCE = 180.0
"""Seconds for a swarm of one manager to have a leader: it is its own majority."""


def force_new_cluster(work: SwarmOperation, node: Node) -> None:
    """Have a manager go on alone.

    Raises:
        MachineError: its Engine refuses, or it does not lead in time.
    """
    body = {"ListenAddr": "0.0.0.0:2377", "AdvertiseAddr": node.address, "ForceNewCluster": True}
    try:
        work.view.http(
            node,
            f"{API}/swarm/init",
            *SOCKET,
            *("-X", "POST", "-H", "Content-Type: application/json", "--data", json.dumps(body)),
            expected="a swarm of its own",
            timeout=REFUSAL_TIMEOUT,
        )
    except NoAnswer as silence:
        if silence.finding.found != LATE:
            raise MachineError(
                f"it does not go on alone: {silence.finding.found}",
                host=node.name,
                hint="journalctl -u docker there",
            ) from silence
    deadline = time.monotonic() + PATIENCE
    while not _leads(work, node):
        if time.monotonic() > deadline:
            raise MachineError(
                f"it does not lead after {PATIENCE:g} s",
                host=node.name,
                hint="journalctl -u docker there",
            )
        time.sleep(0.5)


def forget(work: SwarmOperation, node: Node, gone: Callable[[Member], bool]) -> list[str]:
    """Take members off a leader's list; the names of those that were on it.

    Parameters:
        gone: who is to be taken off.
    """
    found = [each for each in members(work.view, node) if gone(each)]
    for each in found:
        work.module(node, "docker_swarm", {"state": "remove", "node_id": each.id, "force": True})
    return sorted(each.name or each.id for each in found)


def controls(work: SwarmOperation, node: Node) -> bool:
    """Whether a node's Engine is a manager, with a leader or without."""
    try:
        return bool(swarm_of(work.view, node).get("ControlAvailable"))
    except NoAnswer:
        return False


def lives(work: SwarmOperation, node: Node) -> bool:
    """Whether a node's Engine speaks for a swarm that has a leader."""
    try:
        return controls(work, node) and bool(engine(work.view, node, "/nodes", "the swarm's nodes"))
    except NoAnswer:
        return False


def _leads(work: SwarmOperation, node: Node) -> bool:
    try:
        me = swarm_of(work.view, node).get("NodeID")
        return any(each.leader and each.id == me for each in members(work.view, node))
    except NoAnswer:
        return False
