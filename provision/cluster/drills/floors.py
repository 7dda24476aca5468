"""How soon things can happen at best: what the clocks of raft and of the swarm allow.

Each is (seconds, why). They are computed from what the cluster itself says its settings are.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from provision.verify.probes import consul_api
from provision.verify.probes.base import ClusterView, Node
from provision.verify.probes.engine_api import engine


class Floor(NamedTuple):
    """Seconds below which something cannot be, and why."""

    seconds: float
    why: str


_CONSUL_HEARTBEAT = 0.2
"""The share of its heartbeat timeout that a leader waits between two heartbeats: a tenth of it, and
at random up to another tenth. https://github.com/hashicorp/raft/blob/main/replication.go"""

_TICK = 1.0
"""Seconds of a tick of the swarm's raft:
https://github.com/moby/swarmkit/blob/master/manager/state/raft/raft.go"""

_EPSILON = 0.5
"""Seconds by which the swarm varies the time between a node's heartbeats, and
how many it waits for: https://github.com/moby/swarmkit/blob/master/manager/dispatcher/dispatcher.go"""
_GRACE = 3

_UNKNOWN = 2 * _GRACE
"""How many heartbeats a new leader waits for word from a node that it has not heard of yet:
https://github.com/moby/swarmkit/blob/master/manager/dispatcher/nodes.go"""


def consul_election(view: ClusterView, asked: Node) -> Floor | None:
    """From the death of Consul's leader to the next one; None if the agent does not tell."""
    timeout = consul_heartbeat_timeout(view, asked)
    if timeout is None:
        return None
    why = f"Consul's raft: heartbeat timeout of {timeout:g} s, less one heartbeat"
    return Floor(timeout * (1 - _CONSUL_HEARTBEAT), why)


def consul_heartbeat_timeout(view: ClusterView, asked: Node) -> float | None:
    """Seconds after which a follower that hears nothing stands for election; None if not told."""
    told = consul_api.json(view, asked, "/v1/agent/self", expected="the agent's configuration")
    text = str((told.get("DebugConfig") or {}).get("ConsulRaftHeartbeatTimeout", ""))
    found = re.fullmatch(r"(?:(\d+)m)?(\d+(?:\.\d+)?)(ms|s)", text)
    if found is None:
        return None
    return int(found[1] or 0) * 60 + float(found[2]) * (0.001 if found[3] == "ms" else 1)


def swarm_election(view: ClusterView, manager: Node) -> Floor:
    """From the death of the swarm's leader to the next one."""
    raft = _spec(view, manager)["Raft"]
    ticks, beat = int(raft["ElectionTick"]), int(raft["HeartbeatTick"])
    why = (
        f"the swarm's raft: election timeout of {ticks} ticks of {_TICK:g} s, less one heartbeat "
        "and the tick under way"
    )
    return Floor((ticks - beat - 1) * _TICK, why)


def node_down(view: ClusterView, manager: Node) -> Floor:
    """From a node's last moment to the swarm's verdict."""
    least = _least_period(view, manager)
    why = f"the swarm waits for {_GRACE} heartbeats of {least:g} s at least, less the one under way"
    return Floor((_GRACE - 1) * least, why)


def node_down_to_new_leader(view: ClusterView, manager: Node) -> Floor:
    """From the leader's last moment to the next one's verdict about the node it was on."""
    election, least = swarm_election(view, manager), _least_period(view, manager)
    seconds = election.seconds + _UNKNOWN * least
    why = f"the election, then a new leader waits for {_UNKNOWN} heartbeats of {least:g} s at least"
    return Floor(seconds, why)


def _least_period(view: ClusterView, manager: Node) -> float:
    return float(_spec(view, manager)["Dispatcher"]["HeartbeatPeriod"]) / 1e9 - _EPSILON


def _spec(view: ClusterView, manager: Node) -> dict[str, Any]:
    return dict(engine(view, manager, "/swarm", "the swarm's settings")["Spec"])
