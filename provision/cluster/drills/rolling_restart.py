"""Restarts Consul and the Engine of one node after the other, as an upgrade would.

Each node is drained first, so that its tasks are elsewhere when its Engine stops; those that lead
come last, so that each leadership moves once.
"""

from __future__ import annotations

from provision.cluster.drills import seen
from provision.cluster.drills.drill import Arena, Drill
from provision.cluster.drills.fault import Fault
from provision.cluster.drills.witness import SETTLE, Witness
from provision.errors import UsageError
from provision.verify.probes import consul, swarm
from provision.verify.probes.base import Node


def _run(arena: Arena) -> None:
    view = arena.view
    if len(view.working) < 2:
        raise UsageError("where one node takes tasks there is nowhere to drain it to")
    witness = Witness(arena)
    began_all = arena.now
    slowest = 0.0
    for node in _order(arena):
        began = arena.now
        _restart(arena, witness, node)
        slowest = max(slowest, arena.now - began)
    arena.figure("the whole round", arena.now - began_all)
    arena.figure("the slowest node", slowest)
    arena.figure("longest time without a write", witness.prove(spared=view.nodes))


def _restart(arena: Arena, witness: Witness, node: Node) -> None:
    view = arena.view
    helper = next((m for m in view.managers if m != node), node)
    identity = witness.service.node_ids[node.name]
    update = f"docker node update --availability {{}} {identity} >/dev/null"
    drained = Fault(arena, helper, update.format("drain"), update.format(node.availability))
    witness.service.leaves(node, view, SETTLE)
    arena.do(node, "systemctl", "restart", "consul")
    arena.wait_for([consul.autopilot], SETTLE)
    arena.do(node, "systemctl", "restart", "docker")
    arena.wait(
        f"every manager follows one leader and finds {node.name} ready",
        SETTLE,
        lambda: all(
            seen.swarm_leader(view, m) is not None and seen.node_state(view, m, node) == "ready"
            for m in view.managers
        ),
    )
    drained.mend()
    arena.wait_for([swarm.active, swarm.nodes], SETTLE)
    arena.note(f"{node.name}: Consul and the Engine restarted, {node.availability} again")


def _order(arena: Arena) -> list[Node]:
    """Those that lead nothing, then Consul's leader, then the swarm's."""
    view = arena.view
    last = [
        seen.consul_leader(view, view.servers[0]),
        seen.swarm_leader(view, view.managers[0]),
    ]
    leading = [node for node in view.nodes if node in last]
    leading.sort(key=lambda node: max(n for n, each in enumerate(last) if each == node))
    return [*(node for node in view.nodes if node not in last), *leading]


DRILL = Drill(
    "rolling-restart",
    "Restart Consul and the Engine node by node: the service and the writers go on.",
    _run,
)
