"""Consul servers that lost their quorum for good, made a cluster again from those that are left.

https://developer.hashicorp.com/consul/docs/manage/disaster-recovery
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from provision.cluster.consul.operation import SETTLE, Operation, data_directory
from provision.errors import MachineError, UsageError
from provision.verify.probes import consul_api
from provision.verify.probes.base import UNREACHABLE, Node


@dataclass(frozen=True, slots=True)
class Loss:
    """What recovering means, before anything is done.

    Parameters:
        survivors: servers that have their data, with raft's identity of each.
        lost: servers whose data will not be used again, with why.
    """

    survivors: Sequence[tuple[Node, str]]
    lost: Sequence[tuple[Node, str]]

    def lines(self) -> list[str]:
        """For whoever has to decide."""
        kept = ", ".join(node.name for node, _ in self.survivors)
        told = [f"left: {kept}"]
        told += [f"given up: {node.name} ({why})" for node, why in self.lost]
        if self.lost:
            told.append(
                "lost: every write that was acknowledged by the given-up servers before it "
                f"reached {kept}; nobody can tell how many"
            )
            told.append(
                "a server that is given up must not come back with its old data: it would be a "
                "second cluster. Remove its machine, or empty its data directory, first"
            )
        return told


def assess(work: Operation) -> Loss:
    """Look which servers are left.

    Raises:
        UsageError: there is a leader, so nothing is to be recovered; or no server is left.
    """
    survivors: list[tuple[Node, str]] = []
    lost: list[tuple[Node, str]] = []
    view = work.view
    for server in view.servers:
        answer = consul_api.run(view, server, "/v1/status/leader")
        if answer.stdout.strip() not in ("", '""') and _acknowledges(work, server):
            raise UsageError(
                f"{server.name} follows the leader {answer.stdout.strip()}: there is a quorum",
                hint="`provision bootstrap consul` brings back servers that are missing",
            )
        data = data_directory(work.cluster, server)
        script = f"cat {data}/node-id; test -f {data}/raft/raft.db"
        found = view.run(server, "sh", "-ec", script)
        if found.rc == 0:
            survivors.append((server, found.stdout.strip()))
        else:
            why = "cannot be reached" if found.rc == UNREACHABLE else "has no data"
            lost.append((server, why))
    if not survivors:
        raise UsageError(
            "no Consul server is left that has its data",
            hint="`provision up`, `provision bootstrap`, then `provision consul restore FILE`",
        )
    return Loss(survivors, lost)


def recover(work: Operation, loss: Loss) -> None:
    """Make the survivors a cluster of their own.

    Raises:
        MachineError: they elect no leader.
    """
    peers = json.dumps(
        [
            {"id": identity, "address": f"{node.address}:8300", "non_voter": False}
            for node, identity in loss.survivors
        ]
    )
    for node, _ in loss.survivors:
        work.run(node, "systemctl stop consul")
    for node, _ in loss.survivors:
        path = f"{data_directory(work.cluster, node)}/raft/peers.json"
        work.run(node, f"install -o consul -g consul -m 0600 /dev/stdin {path}", stdin=peers)
    for node, _ in loss.survivors:
        work.run(node, "systemctl start --no-block consul")
    deadline = time.monotonic() + SETTLE
    while not all(_acknowledges(work, node) for node, _ in loss.survivors):
        if time.monotonic() > deadline:
            raise MachineError(
                f"they have no leader after {SETTLE:g} s", hint="journalctl -u consul there"
            )
        time.sleep(0.5)
    work.say(f"{', '.join(node.name for node, _ in loss.survivors)}: a leader is elected")


def _acknowledges(work: Operation, server: Node) -> bool:
    """Whether a write through a server succeeds: a leader's name may be what is remembered."""
    key = "/v1/kv/provision/probe/quorum"
    if consul_api.run(work.view, server, key, "-X", "PUT", "--data", "1").stdout != "true":
        return False
    consul_api.run(work.view, server, key, "-X", "DELETE")
    return True
