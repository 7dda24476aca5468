"""Cuts a node off from all others: the majority goes on, the lonely node decides nothing.

The node is cut off from the other nodes, by dropping packets from and to their addresses on the
node itself; SSH from here still reaches it. A timer on it removes the rules whatever comes.
"""

from __future__ import annotations

from provision.cluster.drills import floors, seen, victim
from provision.cluster.drills.drill import Arena, Drill
from provision.cluster.drills.fault import Fault
from provision.cluster.drills.swarm_leader import ELECTION, RESCHEDULE
from provision.cluster.drills.witness import SETTLE, Witness
from provision.errors import MachineError, UsageError
from provision.verify.probes import consul, swarm
from provision.verify.probes.base import ClusterView, Node

_CHAIN = "PROVISION-DRILL"

# -w waits for Docker, which changes the rules too.
_CUT = f"""
iptables -w -N {_CHAIN}
for peer in {{peers}}; do
  iptables -w -A {_CHAIN} -s $peer -j DROP
  iptables -w -A {_CHAIN} -d $peer -j DROP
done
for hook in INPUT OUTPUT FORWARD; do iptables -w -I $hook -j {_CHAIN}; done
"""

_HEAL = f"""
for hook in INPUT OUTPUT FORWARD; do
  while iptables -w -D $hook -j {_CHAIN} 2>/dev/null; do :; done
done
iptables -w -F {_CHAIN} 2>/dev/null && iptables -w -X {_CHAIN}
! iptables -w -n -L {_CHAIN} >/dev/null 2>&1
"""


def _run(arena: Arena) -> None:
    view = arena.view
    _require_way_in(view, _lonely(arena))
    witness = Witness(arena)

    lonely = _lonely(arena)
    rest = arena.without(lonely)
    led_consul = seen.consul_leader(view, rest.servers[0]) == lonely
    led_swarm = seen.swarm_leader(view, rest.managers[0]) == lonely
    election = floors.consul_election(view, rest.servers[0]) if led_consul else None
    verdict = (floors.node_down_to_new_leader if led_swarm else floors.node_down)(
        view, rest.managers[0]
    )

    cut = _CUT.format(peers=" ".join(node.address for node in rest.nodes))
    wall = Fault(arena, lonely, cut, _HEAL)
    led = [what for what, did in (("Consul", led_consul), ("the swarm", led_swarm)) if did]
    leader = f", which led {' and '.join(led)}," if led else ""
    arena.note(f"{lonely.name}{leader} is cut off from the others")
    cut_at = wall.since
    if led_consul:
        elected = arena.wait(
            "the majority names another leader of Consul",
            ELECTION,
            lambda: seen.another(seen.consul_leader, view, rest.servers, lonely) is not None,
        )
        arena.note("the majority has another leader of Consul")
        floor, why = election or (None, "")
        arena.figure("another leader of Consul", elected - cut_at, floor=floor, why=why)
    resumed = witness.writing.resumes(rest.nodes, ELECTION)
    arena.figure("the majority acknowledges writes", resumed - cut_at)
    moved = _watch_alone(arena, witness, lonely, cut_at)
    arena.figure(
        "every replica runs elsewhere", moved - cut_at, floor=verdict.seconds, why=verdict.why
    )

    wall.mend()
    healed = arena.note(f"{lonely.name} can reach the others again")
    ready = arena.wait_for([swarm.nodes], SETTLE)
    arena.note(f"every manager finds {lonely.name} ready")
    arena.figure("ready in the swarm, from then on", ready - healed)
    member = arena.wait_for([consul.autopilot, consul.members], SETTLE)
    arena.note("Consul finds every member alive")
    arena.figure("alive in Consul, from then on", member - healed)
    arena.figure("longest time without a write", witness.prove(spared=rest.nodes))


def _watch_alone(arena: Arena, witness: Witness, lonely: Node, cut_at: float) -> float:
    """Prove that the lonely node decides nothing; when its tasks ran elsewhere.

    Parameters:
        cut_at: when it was cut off.
    """
    view, rest = arena.view, arena.without(lonely)
    knows = arena.wait(
        f"{lonely.name} knows that it has no quorum",
        ELECTION,
        lambda: seen.consul_leader(view, lonely) is None,
    )
    arena.note(f"{lonely.name} knows no leader of Consul")
    arena.figure(f"{lonely.name} knows that it is alone", knows - cut_at)
    writer = witness.writing.writers.get(lonely)
    before = writer.acknowledged if writer else 0
    moved = witness.service.leaves(lonely, rest, ELECTION + RESCHEDULE)
    wrongly = writer.acknowledged - before if writer else 0
    arena.prove(
        f"{lonely.name} acknowledges no write while it is alone",
        [f"{lonely.name}: {wrongly} writes acknowledged"] if wrongly else [],
    )
    if lonely in view.managers:
        alone = arena.without(*rest.nodes)
        decided = not swarm.write.findings(alone)
        arena.prove(
            f"{lonely.name} decides nothing for the swarm while it is alone",
            [f"{lonely.name}: it created a config"] if decided else [],
        )
    return moved


def _lonely(arena: Arena) -> Node:
    """Who was asked for, else Consul's leader: a leader alone is the hardest case."""
    view = arena.view
    chosen = arena.victim or seen.consul_leader(view, view.servers[0])
    if chosen is None:
        raise MachineError("Consul has no leader", hint="`provision status` shows the whole")
    victim.require_spare(arena, chosen)
    return chosen


def _require_way_in(view: ClusterView, lonely: Node) -> None:
    """Refuse a node that is reached through another one: the cut would cut us off too."""
    came_from = view.run(lonely, "sh", "-c", 'echo "${SSH_CONNECTION%% *}"').stdout.strip()
    through = next((node for node in view.nodes if node.address == came_from), None)
    if through is not None:
        raise UsageError(
            f"{lonely.name} is reached from {through.name}: cut off, nobody could mend it",
            hint="run the drill from a machine that is no node, or choose with --node",
        )
    if view.run(lonely, "sh", "-c", "command -v iptables").rc:
        raise UsageError(f"{lonely.name} has no iptables", hint="apt-get install iptables there")


DRILL = Drill(
    "partition",
    "Cut a node off from all others: the majority goes on, it alone decides nothing.",
    _run,
    hits_a_node=True,
)
