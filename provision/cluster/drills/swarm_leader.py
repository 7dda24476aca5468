"""Kills the Engine of the swarm's leader: another leads, its tasks run elsewhere, it comes back."""

from __future__ import annotations

from provision.cluster.drills import floors, seen, victim
from provision.cluster.drills.drill import Arena, Drill
from provision.cluster.drills.fault import Fault
from provision.cluster.drills.witness import SETTLE, Witness
from provision.errors import MachineError
from provision.verify.probes import swarm

ELECTION = 120.0
"""Seconds for another leader; measured: 10 to 21."""

RESCHEDULE = 180.0
"""Seconds from then until the lost tasks run elsewhere; measured: about 30."""


def _run(arena: Arena) -> None:
    view = arena.view
    victim.require_majority("swarm managers", view.managers)
    witness = Witness(arena)

    leader = seen.swarm_leader(view, view.managers[0])
    if leader is None:
        raise MachineError("the swarm has no leader", hint="`provision status` shows the whole")
    rest = arena.without(leader)
    election = floors.swarm_election(view, leader)
    verdict = floors.node_down_to_new_leader(view, leader)
    kill = "systemctl kill -s SIGKILL docker; systemctl stop docker.socket docker"
    dead = Fault(arena, leader, kill, "systemctl start docker.socket docker")
    arena.note(f"{leader.name} led the swarm: its Engine is killed")
    elected = arena.wait(
        f"{' and '.join(m.name for m in rest.managers)} name the same new leader",
        ELECTION,
        lambda: seen.another(seen.swarm_leader, view, rest.managers, leader) is not None,
    )
    successor = seen.swarm_leader(view, rest.managers[0])
    arena.note(f"{successor.name if successor else 'another one'} leads")
    written = arena.wait("the swarm takes writes", ELECTION, lambda: not swarm.write.findings(rest))
    arena.note("the swarm takes writes")
    moved = witness.service.leaves(leader, rest, RESCHEDULE)

    started = arena.note(f"{leader.name}: its Engine is started again")
    dead.mend()
    arena.wait_for([swarm.nodes], SETTLE)
    ready = arena.note(f"every manager finds {leader.name} ready and reachable")

    killed = dead.since
    arena.figure("another leader", elected - killed, floor=election.seconds, why=election.why)
    arena.figure(
        "the swarm takes writes again", written - killed, floor=election.seconds, why="the election"
    )
    arena.figure(
        "every replica runs elsewhere", moved - killed, floor=verdict.seconds, why=verdict.why
    )
    arena.figure("a failure can be tolerated again, from the start on", ready - started)
    arena.figure("longest time without a write to Consul", witness.prove(spared=view.nodes))


DRILL = Drill(
    "swarm-leader",
    "Kill the Engine of the swarm's leader: another leads, its tasks run elsewhere.",
    _run,
)
