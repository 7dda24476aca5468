"""What of a cluster is formed, and what it would cost to lose a node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from provision.cluster.consul import departure as consul_departure
from provision.cluster.operation import Operation
from provision.cluster.quorum import Quorum
from provision.cluster.swarm import departure as swarm_departure
from provision.cluster.swarm.members import Member, members, speaker
from provision.verify.probes.base import Node


@dataclass(frozen=True, slots=True)
class Standing:
    """The cluster as it is now.

    Parameters:
        members: the swarm's nodes; None where there is no swarm.
        consul: Consul's servers; None where there is no Consul.
    """

    members: Sequence[Member] | None
    consul: Quorum | None

    @property
    def parts(self) -> list[str]:
        """What is formed: of ``consul`` and ``swarm``, in the order to form them in."""
        found = (("consul", self.consul), ("swarm", self.members))
        return [part for part, there in found if there is not None]

    @property
    def quorums(self) -> list[Quorum]:
        """The raft groups that there are."""
        swarm = [] if self.members is None else [swarm_departure.quorum(self.members)]
        return [*swarm, *([] if self.consul is None else [self.consul])]

    @property
    def leader(self) -> str:
        """The swarm's leader; "" if there is none."""
        return next((each.name for each in self.members or () if each.leader), "")

    def require(self, node: Node, doing: str, *, force: bool) -> list[str]:
        """Refuse to lose a node that cannot be spared; otherwise what losing it costs.

        Parameters:
            force: accept that no further failure is tolerated.
            doing: what is to be done, such as ``demote n1``.

        Raises:
            UsageError: a quorum would break, or the last tolerance go.
        """
        costs = []
        for now in self.quorums:
            if node.name in now.members:
                after = now.without(node.name)
                now.require(after, force=force, doing=doing)
                costs.append(now.cost(after))
        return costs


def standing(work: Operation) -> Standing:
    """Look at it.

    Raises:
        NoAnswer: there is a swarm, and no manager speaks for it.
        MachineError: there is a Consul, and it has no leader.
    """
    view = work.view
    formed = swarm_departure.formed(view)
    listed = members(view, speaker(view)) if formed else None
    return Standing(listed, consul_departure.quorum(view))
