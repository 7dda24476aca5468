"""Another certificate authority for the swarm."""

from __future__ import annotations

import time
from itertools import repeat
from typing import Any

from provision.cluster.swarm.members import speaker
from provision.cluster.swarm.operation import SwarmOperation
from provision.errors import MachineError
from provision.verify.probes import swarm
from provision.verify.probes.base import ClusterView, NoAnswer, Node
from provision.verify.probes.engine_api import engine

WAIT = 300.0
"""Seconds for every node to get a certificate of the new authority."""

_ISSUER = ("CertIssuerPublicKey", "CertIssuerSubject")


def rotate(work: SwarmOperation) -> None:
    """Make a new CA, and wait until every node has a certificate of it and trusts it alone.

    The old one is valid until the last node has the new one, so nothing is interrupted. Join
    tokens name the CA: they change too. An interrupted run is gone on with.
    https://docs.docker.com/engine/swarm/how-swarm-mode-works/pki/#rotating-the-ca-certificate

    Raises:
        MachineError: a node is away, so that it could not get the new CA; or it takes too long.
    """
    manager = speaker(work.view)
    before = _swarm(work.view, manager)
    if before.get("RootRotationInProgress"):
        work.say("a rotation of the CA is under way: going on with it")
    else:
        work.require([swarm.nodes])
        rotations = int((before["Spec"].get("CAConfig") or {}).get("ForceRotate") or 0)
        work.module(manager, "docker_swarm", {"ca_force_rotate": rotations + 1})
        work.say("the swarm has a new CA")
    _wait(work, manager)
    work.say("every node trusts the new CA alone; the join tokens are new ones")
    work.settle()


def _wait(work: SwarmOperation, manager: Node) -> None:
    deadline, told = time.monotonic() + WAIT, 0
    while True:
        try:
            now = _swarm(work.view, manager)
            rows = engine(work.view, manager, "/nodes", "the swarm's nodes")
        except NoAnswer:  # managers get certificates too, and may have to elect a leader meanwhile
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
            continue
        without = [row["Description"]["Hostname"] for row in rows if not _certified(row, now)]
        if len(rows) - len(without) > told:
            told = len(rows) - len(without)
            work.say(f"{told} of {len(rows)} nodes have a certificate of it")
        if (
            not without
            and all(map(_trusts, rows, repeat(now)))
            and not now.get("RootRotationInProgress")
        ):
            return
        if time.monotonic() > deadline:
            raise MachineError(
                f"after {WAIT:g} s these nodes have no certificate of the new CA: "
                f"{', '.join(without) or 'the managers have not finished'}",
                hint="both CAs are valid meanwhile; bring the nodes back, or `provision node "
                "remove` them, and run the same command again",
            )
        time.sleep(0.5)


def _certified(row: dict[str, Any], now: dict[str, Any]) -> bool:
    held = row["Description"].get("TLSInfo") or {}
    return all(held.get(key) == now["TLSInfo"].get(key) for key in _ISSUER)


def _trusts(row: dict[str, Any], now: dict[str, Any]) -> bool:
    held = row["Description"].get("TLSInfo") or {}
    return bool(held.get("TrustRoot") == now["TLSInfo"].get("TrustRoot"))


def _swarm(view: ClusterView, manager: Node) -> dict[str, Any]:
    return dict(engine(view, manager, "/swarm", "the swarm's settings"))
