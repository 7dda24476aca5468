"""What runs through a drill and tells afterwards whether anything was lost."""

from __future__ import annotations

from collections.abc import Sequence

from provision.cluster.drills.drill import Arena
from provision.cluster.drills.fault import mend_leftovers
from provision.cluster.drills.service import Service
from provision.cluster.drills.writing import Writing
from provision.verify.probes import consul, swarm
from provision.verify.probes.base import Node, Probe

SETTLE = 180.0
"""Seconds until each proof holds once everything is mended: autopilot calls a server healthy
after ten, a node of the swarm comes back after as many, and machines may be slow."""

PATIENCE = 20.0
"""Seconds that a cluster gets to be well before a drill: an election may be under way."""


class Witness:
    """Writers of Consul keys and a service in the swarm.

    Raises:
        MachineError: the cluster is not well; nothing was done.
    """

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        require_well(arena, self._probes)
        self.service = Service(arena)
        self.writing = Writing(arena)

    @property
    def _probes(self) -> Sequence[Probe]:
        return (*consul.probes(self._arena.view.consul), *swarm.PROBES)

    def prove(self, *, spared: Sequence[Node]) -> float:
        """Prove that the cluster is what it was.

        Parameters:
            spared: the nodes that were not hit.

        Returns: the longest pause between acknowledged writes through one of them, in seconds.
        """
        self._arena.settle([*self._probes, *self.service.probes], SETTLE)
        return self.writing.prove(spared=spared)


def require_well(arena: Arena, probes: Sequence[Probe]) -> None:
    """Mend what a killed drill has left, then refuse a cluster that is not well.

    Raises:
        MachineError: naming what is wrong.
    """
    patience = PATIENCE
    if mended := mend_leftovers(arena.view):
        names = ", ".join(sorted(node.name for node in mended))
        arena.note(f"{names}: what a drill that was killed had left is mended")
        patience = SETTLE
    arena.require(probes, patience)
