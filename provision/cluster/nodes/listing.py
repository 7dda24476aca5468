"""The nodes as swarm and Consul see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from provision.cluster.operation import Operation
from provision.cluster.swarm.members import Member, alive, members, speaker, tasks
from provision.verify.probes import consul_api
from provision.verify.probes.base import ClusterView, NoAnswer, Node

_STATUS = {0: "none", 1: "alive", 2: "leaving", 3: "left", 4: "failed"}
"""serf.MemberStatus."""


@dataclass(frozen=True, slots=True)
class Row:
    """One node.

    Parameters:
        swarm: ``leader``, ``manager`` or ``worker``; "-" if it is not in the swarm.
        state: the swarm's word: ``ready``, ``down``...
        consul: its role and how Consul sees it.
        tasks: how many it has.
    """

    name: str
    address: str
    swarm: str
    state: str
    availability: str
    engine: str
    consul: str
    tasks: int
    labels: Mapping[str, str]


def rows(work: Operation) -> list[Row]:
    """The declared nodes, then what else is in the swarm.

    Raises:
        NoAnswer: no manager speaks for the swarm.
    """
    view = work.view
    manager = speaker(view)
    listed = members(view, manager)
    counts = Counter(str(task.get("NodeID")) for task in alive(tasks(view, manager)))
    consul = _consul(view)
    by_name = {each.name: each for each in listed}
    specs = work.cluster.shape.specs(work.cluster.name)
    nodes = [work.cluster.node(spec.name) for spec in specs]
    found = [_row(node, by_name.get(node.name), counts, consul.get(node.name)) for node in nodes]
    declared = {node.name for node in nodes}
    others = [each for each in listed if each.name not in declared]
    return found + [_row(Node(each.name, "", "", ""), each, counts, None) for each in others]


def _row(node: Node, seen: Member | None, counts: Counter[str], consul: str | None) -> Row:
    role = f"{node.consul}, {consul or 'not a member'}" if node.consul else "-"
    if seen is None:
        return Row(node.name, node.address or "-", "-", "absent", "-", "-", role, 0, {})
    swarm = "leader" if seen.leader else "manager" if seen.manager else "worker"
    state = seen.state if seen.reachability in ("", "reachable") else seen.reachability
    return Row(
        node.name,
        node.address or "-",
        swarm,
        state,
        seen.availability,
        seen.engine,
        role,
        counts[seen.id],
        seen.labels,
    )


def _consul(view: ClusterView) -> dict[str, str]:
    """How Consul sees each node, as the first server tells that answers; empty if none does."""
    for server in view.servers:
        try:
            told = consul_api.json(view, server, "/v1/agent/members", expected="the members")
        except NoAnswer:
            continue
        return {row["Name"]: _STATUS.get(row.get("Status"), "unknown") for row in told}
    return {}
