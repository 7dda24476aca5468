"""A swarm's only manager made known at the address that it has.

Raft remembers the address that a member had when it became one, and hands it to whoever joins.
A swarm that was restored on another machine sends everybody to the old one, and no setting of
Docker's changes that. Managers tell one another of a new address by a call of their own
(``docker.swarmkit.v1.RaftMembership/Join``, gRPC, with the node's certificate); this makes it, as
the node itself. It stays after a restart once raft has written a snapshot.
https://github.com/moby/swarmkit/blob/master/api/raft.proto
"""

from __future__ import annotations

import shlex
import struct
import time
from collections.abc import Mapping

from provision.cluster.swarm import state_copy
from provision.cluster.swarm.archive import DIRECTORY
from provision.cluster.swarm.operation import SwarmOperation
from provision.errors import MachineError
from provision.verify.probes import swarm
from provision.verify.probes.base import Node
from provision.verify.probes.engine_api import engine
from provision.verify.probes.swarm import swarm_of

PORT = 2377

_SNAPSHOTS = 10_000
"""Docker's default: so many entries of raft's log between two snapshots."""

_KEPT = 500
"""Docker's default: so many entries before a snapshot are kept for slow followers."""

# The key is in a PEM with headers of swarmkit's, which TLS libraries do not read.
_CALL = """
d=$(mktemp -d -p /run); trap 'rm -rf $d' EXIT; umask 077
sed '/^[A-Za-z-]*: /d; /^$/d' "$1/swarm-node.key" > $d/key
printf '%b' "$3" > $d/body
curl -sS --http2 --max-time 60 --cacert "$1/swarm-root-ca.crt" --cert "$1/swarm-node.crt" \
    --key $d/key --resolve "swarm-manager:2377:$2" -H 'content-type: application/grpc' \
    -H 'te: trailers' --data-binary @$d/body -D $d/said -o /dev/null \
    https://swarm-manager:2377/docker.swarmkit.v1.RaftMembership/Join
grep -i '^grpc-' $d/said
"""


def known_at(work: SwarmOperation, node: Node) -> str:
    """The host:port that a manager is known at. Raises NoAnswer."""
    me = swarm_of(work.view, node).get("NodeID")
    row = engine(work.view, node, f"/nodes/{me}", "its own entry in the swarm's list")
    return str((row.get("ManagerStatus") or {}).get("Addr") or "")


def readdress(work: SwarmOperation, node: Node) -> None:
    """Have a leader be known at the address of the inventory.

    Raises:
        MachineError: it is not known there afterwards.
    """
    wanted, before = f"{node.address}:{PORT}", known_at(work, node)
    if before == wanted:
        return
    certificates = f"{state_copy.data_root(work, node)}/{DIRECTORY}/certificates"
    words = [certificates, node.address, octal(join_request(wanted))]
    said = work.run(node, f"set -- {shlex.join(words)}; {_CALL}")
    if known_at(work, node) != wanted:
        raise MachineError(
            f"it is still known at {before}: {' '.join(said.split())}",
            host=node.name,
            hint=f"restore to a node with the address {before.rpartition(':')[0]}",
        )
    _have_snapshot_written(work, node)
    work.say(f"{node.name}: known at {node.address}, no longer at {before.rpartition(':')[0]}")


def join_request(address: str) -> bytes:
    """The message, framed as gRPC has it: not compressed, its length, field 1 as text."""
    message = b"\x0a" + bytes([len(address)]) + address.encode()
    return b"\0" + struct.pack(">I", len(message)) + message


def octal(data: bytes) -> str:
    """Bytes as ``printf %b`` reads them."""
    return "".join(f"\\0{byte:03o}" for byte in data)


def _have_snapshot_written(work: SwarmOperation, node: Node) -> None:
    """A snapshot knows the new address, the log behind it the old one: none of it may be left.

    Whoever is sent the log by raft, because a part of it is still kept for slow followers, answers
    the leader at its old address until he has read to the end; and if that is his own address now,
    he never gets there, and the majority of two is gone (seen with 26.1 and 20.10).
    """
    before = _raft_settings(work, node)
    _set(work, node, {"snapshot_interval": 1, "log_entries_for_slow_followers": 1})
    try:
        for _ in range(2):  # raft looks at the interval when an entry was applied
            if found := swarm.write.settle(work.view, 30):
                raise MachineError("; ".join(map(str, found)), host=node.name)
            time.sleep(1)
    finally:
        _set(work, node, before)


def _raft_settings(work: SwarmOperation, node: Node) -> dict[str, int]:
    raft = engine(work.view, node, "/swarm", "the swarm's settings")["Spec"].get("Raft") or {}
    return {
        "snapshot_interval": int(raft.get("SnapshotInterval") or _SNAPSHOTS),
        "log_entries_for_slow_followers": int(raft.get("LogEntriesForSlowFollowers") or _KEPT),
    }


def _set(work: SwarmOperation, node: Node, settings: Mapping[str, int]) -> None:
    work.module(node, "docker_swarm", {"state": "present", **settings})
