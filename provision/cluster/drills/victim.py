"""Which node a drill hits, and whether the cluster can do without it."""

from __future__ import annotations

from collections.abc import Sequence

from provision.cluster.drills import seen
from provision.cluster.drills.drill import Arena
from provision.errors import UsageError
from provision.verify.probes.base import Node


def follower(arena: Arena) -> Node:
    """The node that was asked for, else the last one that leads nothing.

    Raises:
        UsageError: without it the cluster has no quorum, or nowhere to run tasks.
    """
    view = arena.view
    leading = {seen.consul_leader(view, view.servers[0]), seen.swarm_leader(view, view.managers[0])}
    free = [node for node in view.nodes if node not in leading]
    chosen = arena.victim or (free or list(view.nodes))[-1]
    require_spare(arena, chosen)
    return chosen


def require_spare(arena: Arena, node: Node) -> None:
    """Refuse to take away what the cluster cannot do without.

    Raises:
        UsageError: naming it.
    """
    view = arena.view
    if len(view.nodes) < 2:
        raise UsageError("this drill takes a node away, and the cluster has but one")
    for what, members in (("Consul servers", view.servers), ("swarm managers", view.managers)):
        if node in members:
            require_majority(what, members)


def require_majority(what: str, members: Sequence[Node]) -> None:
    """Refuse where one of these cannot be missed.

    Raises:
        UsageError: naming them.
    """
    if len(members) < 3:
        raise UsageError(
            f"with {len(members)} {what} the loss of one is the loss of the quorum",
            hint="three or more tolerate it",
        )
