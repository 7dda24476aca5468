"""Nodes become managers, or workers again: in the swarm and in Consul."""

from __future__ import annotations

from provision.cluster.bootstrap import PARTS
from provision.cluster.consul import certificates
from provision.cluster.consul import departure as consul_departure
from provision.cluster.operation import Operation
from provision.cluster.standing import standing
from provision.cluster.swarm import departure as swarm_departure
from provision.cluster.swarm.members import members, speaker
from provision.errors import UsageError
from provision.verify.probes.base import Node


def promote(work: Operation, node: Node) -> None:
    """Make a node a swarm manager and a Consul server.

    Both, since that is what a manager of a cluster is: both kinds of quorum then need the same
    nodes, and whoever looks at one of them sees the other.

    Raises:
        MachineError: it does not come true; the same command again goes on from there.
    """
    parts = standing(work).parts
    cluster = work.cluster
    cluster.shape = cluster.shape.with_role(index_of(work, node), "manager")
    cluster.save()
    certificates.ensure(cluster)
    converge(work, parts)
    work.say(f"{node.name}: a manager now")


def demote(work: Operation, node: Node, *, force: bool = False) -> None:
    """Make a node a worker and a Consul client.

    Parameters:
        force: accept that no further failure is tolerated.

    Raises:
        UsageError: a quorum would break, or the last tolerance go.
        MachineError: it does not come true; the same command again goes on from there.
    """
    now = standing(work)
    for cost in now.require(node, f"demote {node.name}", force=force):
        work.say(cost)
    if silent := work.view.answers(node):
        raise UsageError(
            f"{node.name} does not answer: {silent[0].found}",
            hint=f"`provision node remove --force {node.name}` takes it out without asking it",
        )
    if now.members is not None:
        manager = speaker(work.view, but=node)
        for entry in members(work.view, manager):
            if entry.name == node.name:
                swarm_departure.demote(work, manager, entry)
    if now.consul is not None and node.name in now.consul.members:
        consul_departure.leave(work, node, answers=True, for_good=False)
        consul_departure.forget_raft(work, node)
    cluster = work.cluster
    cluster.shape = cluster.shape.with_role(index_of(work, node), "worker")
    cluster.save()
    converge(work, now.parts)
    if now.consul is not None:
        work.say(f"{node.name}: a Consul client now")


def converge(work: Operation, parts: list[str]) -> None:
    """Bring what is formed to where the inventory says, and wait until it is well."""
    for part in parts:
        work.play(part)
        work.settle(PARTS[part](work.view))


def index_of(work: Operation, node: Node) -> int:
    """The node's place in the cluster."""
    specs = work.cluster.shape.specs(work.cluster.name)
    return next(spec.index for spec in specs if spec.name == node.name)
