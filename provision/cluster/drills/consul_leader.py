"""Kills the Consul leader: another one is elected, nothing acknowledged is lost, it comes back."""

from __future__ import annotations

from provision.cluster.drills import floors, seen
from provision.cluster.drills.drill import Arena, Drill
from provision.cluster.drills.fault import Fault
from provision.cluster.drills.victim import require_majority
from provision.cluster.drills.witness import SETTLE, require_well
from provision.cluster.drills.writing import Writing
from provision.errors import MachineError
from provision.verify.probes import consul

ELECTION = 120.0
"""Seconds for another leader."""


def _run(arena: Arena) -> None:
    view = arena.view
    require_majority("Consul servers", view.servers)
    require_well(arena, consul.probes(view.consul))
    writing = Writing(arena)

    leader = seen.consul_leader(view, view.servers[0])
    if leader is None:
        raise MachineError("Consul has no leader", hint="`provision status` shows the whole")
    others = [server for server in view.servers if server != leader]
    floor = floors.consul_election(view, others[0])
    # Killed, so that nothing is handed over; then stopped, so that systemd does not restart it.
    kill = "systemctl kill -s SIGKILL consul; systemctl stop consul"
    dead = Fault(arena, leader, kill, "systemctl start consul")
    arena.note(f"{leader.name} led Consul: its agent is killed")
    elected = arena.wait(
        f"{' and '.join(o.name for o in others)} name the same new leader",
        ELECTION,
        lambda: seen.another(seen.consul_leader, view, others, leader) is not None,
    )
    successor = seen.consul_leader(view, others[0])
    arena.note(f"{successor.name if successor else 'another one'} leads")
    writing.resumes(others, ELECTION)

    started = arena.note(f"{leader.name}: Consul is started again")
    dead.mend()
    arena.wait_for([consul.autopilot], SETTLE)
    healthy = arena.note("autopilot finds every server a healthy voter")

    seconds, why = floor or (None, "")
    arena.figure("another leader", elected - dead.since, floor=seconds, why=why)
    arena.settle(consul.probes(view.consul), SETTLE)
    pause = writing.prove(spared=others)
    arena.figure("longest time without a write", pause, floor=seconds, why="the election")
    arena.figure("a failure can be tolerated again, from the start on", healthy - started)


DRILL = Drill(
    "consul-leader",
    "Kill Consul's leader: another is elected, no acknowledged write is lost.",
    _run,
)
