"""What a given node sees of the cluster while not every node answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from provision.verify.probes import consul_api
from provision.verify.probes.base import ClusterView, NoAnswer, Node
from provision.verify.probes.engine_api import engine

Leader = Callable[[ClusterView, Node], Node | None]
"""Whom a node follows; None if nobody, or if it does not answer."""


def consul_leader(view: ClusterView, asked: Node) -> Node | None:
    try:
        address = consul_api.json(view, asked, "/v1/status/leader", expected="a leader")
    except NoAnswer:
        return None
    return next((s for s in view.servers if f"{s.address}:8300" == address), None)


def swarm_leader(view: ClusterView, asked: Node) -> Node | None:
    rows = _rows(view, asked)
    leading = {_name(row) for row in rows if (row.get("ManagerStatus") or {}).get("Leader")}
    return next((m for m in view.managers if {m.name} == leading), None)


def node_state(view: ClusterView, asked: Node, node: Node) -> str:
    """What a manager thinks of a node: ``ready``, ``down``; "" if it does not answer."""
    return next(
        (row["Status"]["State"] for row in _rows(view, asked) if _name(row) == node.name), ""
    )


def another(leader: Leader, view: ClusterView, asked: Sequence[Node], old: Node) -> Node | None:
    """The one other leader that all of them follow; None if there is none yet."""
    named = {leader(view, node) for node in asked}
    only = named.pop() if len(named) == 1 else None
    return None if only == old else only


def _rows(view: ClusterView, asked: Node) -> list[dict[str, Any]]:
    try:
        return list(engine(view, asked, "/nodes", "the swarm's node list"))
    except NoAnswer:  # a manager that knows no leader answers with an error, too
        return []


def _name(row: dict[str, Any]) -> str:
    return str(row["Description"]["Hostname"])
