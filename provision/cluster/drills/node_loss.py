"""Pulls a node's plug: its tasks run elsewhere, and it comes back as the node that it was."""

from __future__ import annotations

from provision.cluster.drills import floors, seen, victim
from provision.cluster.drills.drill import Arena, Drill
from provision.cluster.drills.swarm_leader import ELECTION, RESCHEDULE
from provision.cluster.drills.witness import SETTLE, Witness
from provision.cluster.machine.found import Found
from provision.errors import ProvisionError, UsageError
from provision.verify.probes import consul, swarm
from provision.verify.probes.base import Node


class _Unplugged:
    """A machine without power, which gets it back whatever comes."""

    def __init__(self, arena: Arena, node: Node) -> None:
        self._arena, self._node = arena, node
        self._off = True
        arena.cleanup.callback(self._at_last)
        cluster = arena.cluster
        cluster.driver.stop(cluster.spec, node.name, kill=True)
        arena.hang_up(node)

    def plug_in(self) -> None:
        """Raises MachineError: it does not come back."""
        cluster = self._arena.cluster
        cluster.endpoints[self._node.name] = cluster.driver.start(cluster.spec, self._node.name)
        cluster.save()
        self._arena.hang_up(self._node)
        self._off = False

    def _at_last(self) -> None:
        if not self._off:
            return
        try:
            self.plug_in()
            self._arena.note(f"{self._node.name}: powered on again")
        except ProvisionError as error:
            self._arena.note(f"{error}; `provision up` starts it")


def _run(arena: Arena) -> None:
    view = arena.view
    _choose(arena)  # refuses before anything is done
    witness = Witness(arena)

    lost = _choose(arena)
    rest = arena.without(lost)
    asked = rest.managers[0]
    led = seen.swarm_leader(view, asked) == lost
    floor = (floors.node_down_to_new_leader if led else floors.node_down)(view, asked)
    off = arena.now  # not when it was heard that it is: see Fault
    plug = _Unplugged(arena, lost)
    arena.note(f"{lost.name}: power cut")
    down = arena.wait(
        f"the swarm calls {lost.name} down",
        ELECTION + RESCHEDULE,
        lambda: seen.node_state(rest, asked, lost) == "down",
    )
    arena.note(f"the swarm calls {lost.name} down")
    moved = witness.service.leaves(lost, rest, RESCHEDULE)
    witness.writing.resumes(rest.nodes, ELECTION)

    on = arena.note(f"{lost.name}: power back")
    plug.plug_in()
    arena.note(f"{lost.name} has booted")
    arena.wait_for([swarm.nodes], SETTLE)
    ready = arena.note(f"every manager finds {lost.name} ready")
    arena.wait_for([consul.autopilot, consul.members], SETTLE)
    member = arena.note("Consul finds every member alive")

    arena.figure("the swarm calls it down", down - off, floor=floor.seconds, why=floor.why)
    arena.figure("every replica runs elsewhere", moved - off, floor=floor.seconds, why="the same")
    arena.figure("ready in the swarm, from power on", ready - on)
    arena.figure("alive in Consul, from power on", member - on)
    pause = witness.prove(spared=rest.nodes)
    arena.figure("longest time without a write", pause)


def _choose(arena: Arena) -> Node:
    """The node to lose.

    Raises:
        UsageError: provision cannot power it on again, or the cluster cannot do without it.
    """
    chosen = victim.follower(arena)
    if Found(arena.cluster, chosen.name).driver == "static":
        raise UsageError(
            f"{chosen.name} is a server of yours: provision cannot power it on again",
            hint="`provision drill node-reboot` restarts it, --node chooses another",
        )
    return chosen


DRILL = Drill(
    "node-loss",
    "Cut a node's power: its tasks run elsewhere; power it on: it is itself again.",
    _run,
    hits_a_node=True,
)
