"""Reboots a node: it is back with its agent, its place in the swarm and its tasks, by itself."""

from __future__ import annotations

from provision.cluster.drills import victim
from provision.cluster.drills.drill import Arena, Drill
from provision.cluster.drills.witness import SETTLE, Witness
from provision.engine.actions.reboot import BOOT_ID
from provision.verify.probes import consul, swarm
from provision.verify.probes.base import Node

BOOT = 600.0
"""Seconds for a machine to be back, as Ansible's reboot has it."""


def _run(arena: Arena) -> None:
    view = arena.view
    victim.follower(arena)  # refuses before anything is done
    witness = Witness(arena)

    node = victim.follower(arena)
    rest = arena.without(node)
    before = _boot(arena, node)
    # Beside the session that asks, so that the answer still arrives.
    arena.do(node, "sh", "-c", "(sleep 0.5; systemctl reboot) >/dev/null 2>&1 </dev/null &")
    asked = arena.note(f"{node.name}: told to reboot")
    arena.hang_up(node)
    back = arena.wait(f"{node.name} is back", BOOT, lambda: _boot(arena, node) not in ("", before))
    arena.note(f"{node.name} answers SSH in another boot")
    arena.wait_for([swarm.active, swarm.nodes], SETTLE)
    ready = arena.note(f"every manager finds {node.name} ready")
    arena.wait_for([consul.autopilot, consul.members], SETTLE)
    member = arena.note("Consul finds every member alive")
    whole = arena.wait(
        "every replica runs",
        SETTLE,
        lambda: witness.service.runs_without(None, view, rest.managers[0]),
    )
    arena.note("every replica runs")
    witness.writing.resumes(rest.nodes, SETTLE)

    arena.figure("answers SSH again", back - asked)
    arena.figure("ready in the swarm", ready - asked)
    arena.figure("alive in Consul", member - asked)
    arena.figure("every replica runs", whole - asked)
    arena.figure("longest time without a write", witness.prove(spared=rest.nodes))


def _boot(arena: Arena, node: Node) -> str:
    """Which boot it is; "" while it does not answer."""
    answer = arena.view.run(node, "sh", "-c", BOOT_ID)
    return answer.stdout.strip() if answer.rc == 0 else ""


DRILL = Drill(
    "node-reboot",
    "Reboot a node: it comes back by itself, with its tasks and its place in both clusters.",
    _run,
    hits_a_node=True,
)
