"""Kills the Consul leader: another one is elected, nothing acknowledged is lost, it comes back."""

from __future__ import annotations

import re
from collections.abc import Sequence

from provision.cluster.drills.drill import Arena, Drill
from provision.cluster.drills.writer import KvWriter
from provision.errors import UsageError
from provision.verify.probes import consul, consul_api
from provision.verify.probes.base import ClusterView, NoAnswer, Node

ELECTION = 60.0
"""Seconds for another leader."""

RECOVERY = 90.0
"""Seconds until all is as before: autopilot calls a server healthy after ten."""

_HEARTBEATS = 10
"""A leader sends that many per heartbeat timeout:
https://github.com/hashicorp/raft/blob/main/replication.go"""


def _run(arena: Arena) -> None:
    view = arena.view
    if len(view.servers) < 3:
        raise UsageError(
            f"with {len(view.servers)} Consul servers there is no other leader to elect",
            hint="a cluster of three or more servers tolerates the loss of one",
        )
    arena.require(consul.probes(view.consul))
    leader = _leader(view, view.servers[0])
    assert leader is not None
    others = [server for server in view.servers if server != leader]
    timeout = heartbeat_timeout(view, others[0])
    arena.note(f"{leader.name} leads; writers run through {', '.join(o.name for o in others)}")
    writers = [KvWriter(arena.cluster, node) for node in others]
    for writer in writers:
        arena.cleanup.callback(writer.stop)
    arena.wait("writes are acknowledged", 30, lambda: all(w.acknowledged > 20 for w in writers))

    arena.cleanup.callback(lambda: view.run(leader, "systemctl", "start", "consul"))
    # Killed, so that nothing is handed over; then stopped, so that systemd does not restart it.
    kill = "systemctl kill -s SIGKILL consul; systemctl stop consul"
    arena.do(leader, "sh", "-c", kill)
    stopped = arena.note(f"{leader.name}: Consul killed")
    elected = arena.wait(
        f"{' and '.join(o.name for o in others)} name the same new leader",
        ELECTION,
        lambda: _new_leader(view, others, leader) is not None,
    )
    successor = _new_leader(view, others, leader)
    arena.note(f"{successor.name if successor else 'nobody'} leads")
    before = [writer.acknowledged for writer in writers]
    arena.wait(
        "writes are acknowledged again",
        ELECTION,
        lambda: all(w.acknowledged > n for w, n in zip(writers, before, strict=True)),
    )
    arena.note("writes are acknowledged through every other server")

    arena.do(leader, "systemctl", "start", "consul")
    started = arena.note(f"{leader.name}: Consul started")
    arena.settle([consul.autopilot], RECOVERY)
    healthy = arena.note("autopilot finds every server a healthy voter")
    written = [writer.stop() for writer in writers]

    floor = timeout * (1 - 1 / _HEARTBEATS) if timeout else None
    why = f"raft's heartbeat timeout of {timeout:g} s, less one heartbeat" if timeout else ""
    arena.figure("another leader", elected - stopped, floor=floor, why=why)
    arena.figure("longest time without a write", max(w.longest_gap for w in written), floor=floor)
    arena.figure("a failure can be tolerated again, after the start", healthy - started)
    total = sum(len(w.acknowledged) for w in written)
    failed = sum(w.failed for w in written)
    lost = [finding for writer in writers for finding in writer.lost(view, leader)]
    arena.prove(f"of {total} acknowledged writes none is lost ({failed} were refused)", lost)
    arena.settle(consul.probes(view.consul), RECOVERY)


def heartbeat_timeout(view: ClusterView, node: Node) -> float | None:
    """Seconds after which a follower that hears nothing stands for election; None if not told."""
    told = consul_api.json(view, node, "/v1/agent/self", expected="the agent's configuration")
    text = str((told.get("DebugConfig") or {}).get("ConsulRaftHeartbeatTimeout", ""))
    found = re.fullmatch(r"(?:(\d+)m)?(\d+(?:\.\d+)?)(ms|s)", text)
    if found is None:
        return None
    return int(found[1] or 0) * 60 + float(found[2]) * (0.001 if found[3] == "ms" else 1)


def _leader(view: ClusterView, asked: Node) -> Node | None:
    """Whom a server follows; None if nobody."""
    try:
        address = consul_api.json(view, asked, "/v1/status/leader", expected="a leader")
    except NoAnswer:
        return None
    return next((s for s in view.servers if f"{s.address}:8300" == address), None)


def _new_leader(view: ClusterView, asked: Sequence[Node], old: Node) -> Node | None:
    """The one other leader that all of them follow; None if there is none yet."""
    named = {_leader(view, node) for node in asked}
    only = named.pop() if len(named) == 1 else None
    return None if only == old else only


DRILL = Drill(
    "consul-leader",
    "Kill Consul's leader: another is elected, no acknowledged write is lost.",
    _run,
)
