"""What `up` would change, before anything is touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provision.cluster.cluster import Cluster, declared_shape
from provision.cluster.shape import Shape
from provision.machines.driver import MachineSpec, MachineState
from provision.machines.store import ClusterStore


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that `up`, and then `bootstrap`, would do.

    Parameters:
        verb: ``create``, ``start``, ``promote``, ``demote`` or ``remove``.
        what: in words.
    """

    verb: str
    node: str
    what: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The way from what is declared to what was asked for, in the order in which it is gone.

    Parameters:
        before: None for a cluster that does not exist.
    """

    before: Shape | None
    after: Shape
    changes: Sequence[Change]

    @property
    def takes_away(self) -> bool:
        """Whether a node loses its role or its machine."""
        return any(change.verb in ("demote", "remove") for change in self.changes)

    def nodes(self, verb: str) -> list[str]:
        """Those that something is done to."""
        return [change.node for change in self.changes if change.verb == verb]

    def cost(self) -> str:
        """What it means for the quorum of swarm and Consul; "" if nothing."""
        if self.before is None or self.before.managers == self.after.managers:
            return ""
        was, will = self.before.managers, self.after.managers
        return (
            f"managers, which are the Consul servers too: {was} -> {will}; "
            f"of them may fail: {(was - 1) // 2} -> {(will - 1) // 2}"
        )


def plan(workspace: Path, name: str, asked: Mapping[str, Any]) -> Plan:
    """What ``up`` would change, given the same; touches nothing.

    Raises:
        UsageError: the shape is impossible.
    """
    store = ClusterStore(workspace, name)
    state = store.read()
    after = declared_shape(state, asked, name)
    if state is None:
        return compare(name, None, after, {})
    cluster = Cluster.from_state(store, state)
    states = {machine.name: machine.state for machine in cluster.driver.machines(cluster.spec)}
    return compare(name, cluster.shape if state.machines or states else None, after, states)


def compare(
    name: str, before: Shape | None, after: Shape, states: Mapping[str, MachineState]
) -> Plan:
    """The plan from one shape to another.

    Parameters:
        name: the cluster's.
        states: of the machines that exist.
    """
    old = {} if before is None else {spec.name: spec for spec in before.specs(name)}
    new = {spec.name: spec for spec in after.specs(name)}
    changes = []
    if before is not None:
        roles = {n: (_role(before, old[n]), _role(after, new[n])) for n in old if n in new}
        promoted = [n for n, change in roles.items() if change == ("worker", "manager")]
        demoted = [n for n, change in roles.items() if change == ("manager", "worker")]
        leaving = [n for n in old if n not in new]
        workers = [n for n in leaving if _role(before, old[n]) == "worker"]
        managers = [n for n in leaving if n not in workers]
        # Each step leaves a quorum, and a state from which the same command goes on.
        changes += [Change("promote", n, "worker -> manager, Consul server") for n in promoted]
        changes += [Change("demote", n, "manager -> worker, Consul client") for n in demoted[::-1]]
        changes += [Change("remove", n, _GOES) for n in workers[::-1]]
        changes += [Change("remove", n, f"demote, {_GOES}") for n in managers[::-1]]
    for machine, spec in new.items():
        state = states.get(machine)
        role = f"{_role(after, spec)}, consul {after.node(spec, '').consul}"
        if state is None:
            changes.append(Change("create", machine, role))
        elif state is not MachineState.RUNNING:
            changes.append(Change("start", machine, f"{role}; its machine is {state}"))
    return Plan(before, after, changes)


_GOES = "drain, leave swarm and Consul, destroy with its volumes"


def _role(shape: Shape, spec: MachineSpec) -> str:
    return shape.node(spec, "").swarm
