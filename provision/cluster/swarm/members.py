"""The swarm's nodes and their tasks, as a manager tells them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from provision.errors import UsageError
from provision.verify.probes.base import ClusterView, Finding, NoAnswer, Node
from provision.verify.probes.engine_api import engine
from provision.verify.probes.swarm import swarm_of

ENDED = ("complete", "shutdown", "failed", "rejected", "orphaned", "remove")
"""States in which a task does not run any more:
https://docs.docker.com/engine/swarm/how-swarm-mode-works/swarm-task-states/"""


_SILENT = {
    "inactive": "is in no swarm (`provision bootstrap swarm`)",
    "locked": "is locked (`provision swarm unlock`)",
}
"""Why a node cannot speak for the swarm, by its state."""


@dataclass(frozen=True, slots=True)
class Member:
    """A node of the swarm.

    Parameters:
        id: the swarm's own name for it.
        state: ``ready``, ``down``, ``disconnected`` or ``unknown``.
        reachability: of a manager: ``reachable``, ``unreachable`` or ``unknown``; "" of a worker.
        engine: its Docker's version.
        authority: digest of the CA certificate that it trusts, in PEM; "" if not told.
    """

    id: str
    name: str
    role: str
    availability: str
    state: str
    leader: bool
    reachability: str
    labels: Mapping[str, str]
    engine: str
    authority: str

    @property
    def manager(self) -> bool:
        """Whether it is one now; its declared ``role`` may be ahead of that."""
        return self.reachability != ""


def speaker(view: ClusterView, *, but: Node | None = None) -> Node:
    """A manager that can speak for the swarm.

    Parameters:
        but: who is not asked, since it is about to leave.

    Raises:
        NoAnswer: none can.
    """
    failures = []
    # Nodes that are to be managers first; others may still be ones.
    for node in sorted(view.nodes, key=lambda node: node.swarm != "manager"):
        if but is not None and node.name == but.name:
            continue
        try:
            told = swarm_of(view, node)
            if told.get("ControlAvailable"):
                return node
            why = _SILENT.get(str(told.get("LocalNodeState")), "is no manager now")
            failures.append(f"{node.name} {why}")
        except NoAnswer as silence:
            failures.append(f"{node.name}: {silence.finding.found}")
    expected = "a manager that answers for the swarm"
    raise NoAnswer(Finding("cluster", expected, "; ".join(failures) or "there is none"))


def members(view: ClusterView, manager: Node) -> list[Member]:
    """All nodes that a manager lists. Raises NoAnswer, also without a quorum."""
    return [_member(row) for row in engine(view, manager, "/nodes", "the swarm's nodes")]


def member(view: ClusterView, manager: Node, name: str) -> Member:
    """The one node of that name.

    Raises:
        NoAnswer: the manager does not tell.
        UsageError: there is none, or several.
    """
    found = [each for each in members(view, manager) if each.name == name]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(
            f"{name} is not in the swarm that {manager.name} manages",
            hint="`provision bootstrap swarm` lets it join",
        )
    raise UsageError(
        f"the swarm has {len(found)} nodes called {name}: {', '.join(each.id for each in found)}",
        hint="`provision bootstrap swarm` removes those that were lost",
    )


def tasks(view: ClusterView, manager: Node, **filters: str) -> list[dict[str, Any]]:
    """Tasks as the Engine tells them. Raises NoAnswer.

    Parameters:
        filters: as the Engine's API has them, such as ``node`` or ``service``.
    """
    wanted = quote(json.dumps({name: [value] for name, value in filters.items()}))
    return list(engine(view, manager, f"/tasks?filters={wanted}", "the swarm's tasks"))


def alive(found: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those that run, or are on their way to."""
    return [task for task in found if task["Status"]["State"] not in ENDED]


def _member(row: Mapping[str, Any]) -> Member:
    manager, spec = row.get("ManagerStatus") or {}, row["Spec"]
    description = row.get("Description") or {}
    return Member(
        id=row["ID"],
        name=str(description.get("Hostname", "")),
        role=spec["Role"],
        availability=spec["Availability"],
        state=row["Status"]["State"],
        leader=bool(manager.get("Leader")),
        reachability=str(manager.get("Reachability") or ("unknown" if manager else "")),
        labels=spec.get("Labels") or {},
        engine=str((description.get("Engine") or {}).get("EngineVersion", "")),
        authority=str((description.get("TLSInfo") or {}).get("TrustRoot", "")),
    )
