"""Nodes leave a cluster for good, one after another."""

from __future__ import annotations

from provision.cluster import tls
from provision.cluster.cluster import Cluster
from provision.cluster.consul import certificates
from provision.cluster.consul import departure as consul_departure
from provision.cluster.machine.docker_context import remove_context
from provision.cluster.machine.found import Found, host_vars
from provision.cluster.nodes.roles import demote, index_of, promote
from provision.cluster.operation import Operation
from provision.cluster.plan import Plan
from provision.cluster.standing import Standing, standing
from provision.cluster.swarm import departure as swarm_departure
from provision.cluster.swarm.availability import MOVE
from provision.errors import UsageError
from provision.machines.driver import MachineState
from provision.verify.probes.base import Node


def reduce(work: Operation, plan: Plan, *, wait: float = MOVE) -> None:
    """Do what a plan takes away: promote who takes over, demote, remove; one node at a time.

    The shape is saved after each node, so that the same command goes on after a kill.

    Parameters:
        wait: seconds for a leaving node's tasks to run elsewhere.

    Raises:
        UsageError: a quorum would break, or a node that is there does not answer.
        MachineError: a step does not come true.
    """
    for name in plan.nodes("promote"):
        promote(work, work.cluster.node(name))
    leader = standing(work).leader if plan.nodes("demote") or plan.nodes("remove") else ""
    for name in sorted(plan.nodes("demote"), key=lambda name: name == leader):
        demote(work, work.cluster.node(name), force=True)
    leaving = [work.cluster.node(name) for name in plan.nodes("remove")]
    leaving.sort(key=lambda node: (node.swarm == "manager", node.name == leader))
    for node in leaving:
        remove(work, node, force_cost=True, wait=wait)
    if leaving:
        tidy(work)


def remove(
    work: Operation,
    node: Node,
    *,
    force: bool = False,
    force_cost: bool = False,
    wait: float = MOVE,
) -> None:
    """Drain a node, take it out of swarm and Consul, destroy its machine, forget it.

    Parameters:
        force: also if it does not answer.
        force_cost: accept that no further failure is tolerated.
        wait: seconds for its tasks to run elsewhere.

    Raises:
        UsageError: a quorum would break, or it does not answer.
        MachineError: a step does not come true; the same command again goes on from there.
    """
    take_out(work, node, force=force, force_cost=force or force_cost, wait=wait)
    cluster = work.cluster
    index = index_of(work, node)
    cluster.driver.destroy(cluster.spec, node.name)
    forget(cluster, node.name)
    cluster.endpoints.pop(node.name, None)
    shape = cluster.shape.with_availability(node.name, "active").with_labels(node.name, {})
    cluster.shape = shape.without(index)
    cluster.save()
    work.say(f"{node.name}: removed")


def take_out(
    work: Operation, node: Node, *, force: bool, force_cost: bool, wait: float = MOVE
) -> Standing:
    """Take a node out of swarm and Consul; its machine stays. What was formed before.

    Parameters, raises: as ``remove``.
    """
    answers = _answers(work, node, force=force)
    now = standing(work)
    for cost in now.require(node, f"remove {node.name}", force=force_cost):
        work.say(cost)
    if now.members is not None:
        swarm_departure.leave(work, node, answers=answers, wait=wait)
    if now.consul is not None:
        consul_departure.leave(work, node, answers=answers)
        work.say(f"{node.name}: out of Consul")
    return now


def forget(cluster: Cluster, machine: str) -> None:
    """Remove what is kept here of a machine beside the cluster's state."""
    tls.forget(cluster.store, machine)
    for path in certificates.files_of(cluster.store).server(machine):
        path.unlink(missing_ok=True)
    remove_context(Found(cluster, machine))
    host_vars(cluster.store, machine).unlink(missing_ok=True)


def tidy(work: Operation) -> None:
    """Let Consul's configuration and tokens follow, if every node can be reached for it."""
    view = work.view
    if standing(work).consul is None:
        return
    if silent := view.each(view.nodes, view.answers):
        away = ", ".join(finding.node for finding in silent)
        work.say(f"{away} away: the next `provision bootstrap` tells all others who has left")
        return
    work.play("consul")
    work.say("Consul's configuration and tokens fit the nodes that are left")


def _answers(work: Operation, node: Node, *, force: bool) -> bool:
    """Whether a node can be asked. One whose machine runs has to, if nobody says otherwise."""
    cluster = work.cluster
    machines = {machine.name: machine.state for machine in cluster.driver.machines(cluster.spec)}
    if node.name not in cluster.endpoints or node.name not in machines:
        return False
    silent = work.view.answers(node)
    state = machines[node.name]
    there = state not in (MachineState.STOPPED, MachineState.ABSENT)
    if silent and there and not force:
        raise UsageError(
            f"{node.name}'s machine is {state}, but does not answer: {silent[0].found}",
            hint=f"`provision node remove --force {node.name}` takes it out without asking it",
        )
    return not silent
