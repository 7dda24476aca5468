"""Proofs that the Docker Swarm is healthy.

Asked of each node's own Engine.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterator
from typing import Any

from provision.verify.probes.base import ClusterView, Finding, NoAnswer, Node, Probe, probe
from provision.verify.probes.engine_api import API, ENGINE_TIMEOUT, LABEL, SOCKET, engine
from provision.verify.probes.leftovers import sweep_swarm


def swarm_of(view: ClusterView, node: Node) -> dict[str, Any]:
    """The ``Swarm`` part of a node's /info. Raises NoAnswer."""
    info = engine(view, node, "/info", "a Docker Engine that answers")
    return dict(info.get("Swarm") or {})


def answering_manager(view: ClusterView) -> Node:
    """A manager whose Engine can speak for the swarm. Raises NoAnswer when none can."""
    failures = []
    for node in view.managers:
        try:
            if swarm_of(view, node).get("ControlAvailable"):
                return node
            failures.append(f"{node.name} is not a manager now")
        except NoAnswer as silence:
            failures.append(f"{node.name}: {silence.finding.found}")
    expected = "a manager that answers for the swarm"
    raise NoAnswer(Finding("cluster", expected, "; ".join(failures) or "no manager declared"))


@probe("swarm.active", "every node is active in the swarm, in the role the inventory gives it")
def active(view: ClusterView) -> Iterator[Finding]:
    def ask(node: Node) -> Iterator[Finding]:
        swarm = swarm_of(view, node)
        state = swarm.get("LocalNodeState")
        if state != "active":
            yield Finding(
                node.name, "an active swarm node", f"state '{state}'", _STATES.get(state, "")
            )
        elif bool(swarm.get("ControlAvailable")) != (node.swarm == "manager"):
            other = "worker" if node.swarm == "manager" else "manager"
            yield Finding(node.name, f"a swarm {node.swarm}", f"a {other}")
        if swarm.get("Error"):
            yield Finding(node.name, "no swarm error", str(swarm["Error"]))

    yield from view.each(view.nodes, ask)


_STATES: dict[str | None, str] = {
    "inactive": "it is in no swarm: run `provision bootstrap swarm`",
    "pending": "it is joining, or cannot reach a manager on port 2377",
    "locked": "autolock is on: run `provision swarm unlock`",
}


@probe("swarm.identity", "every node is in this very swarm, and the swarm has no other nodes")
def identity(view: ClusterView) -> Iterator[Finding]:
    clusters: dict[str, str] = {}
    node_ids: dict[str, str] = {}

    def ask(node: Node) -> Iterator[Finding]:
        swarm = swarm_of(view, node)
        node_ids[node.name] = swarm.get("NodeID") or ""
        if swarm.get("ControlAvailable"):
            clusters[node.name] = (swarm.get("Cluster") or {}).get("ID") or ""
        return iter(())

    yield from view.each(view.nodes, ask)
    if len(set(clusters.values())) > 1:
        shown = ", ".join(f"{name} is in {found}" for name, found in sorted(clusters.items()))
        yield Finding("cluster", "one swarm", f"several: {shown}")
    listed = {row["ID"]: row for row in _nodes(view, answering_manager(view))}
    for name, node_id in node_ids.items():
        if node_id not in listed:
            found = "in no swarm" if not node_id else f"node {node_id}, unknown to the managers"
            yield Finding(name, "a node that the managers list", found)
    hostnames = Counter(row["Description"]["Hostname"] for row in listed.values())
    for hostname, count in hostnames.items():
        if count > 1:
            yield Finding(hostname, "one entry in the swarm", f"{count} entries (stale ones?)")
    silent = {node.name for node in view.nodes} - node_ids.keys()
    for node_id in sorted(listed.keys() - set(node_ids.values())):
        hostname = listed[node_id]["Description"]["Hostname"]
        if hostname in silent:  # could not tell its id; its silence is a finding already
            continue
        yield Finding(hostname, "only the inventory's nodes in the swarm", f"node {node_id}")


@probe("swarm.nodes", "every manager lists all nodes ready, managers reachable, one leader")
def nodes(view: ClusterView) -> Iterator[Finding]:
    named: dict[str, str] = {}

    def ask(manager: Node) -> Iterator[Finding]:
        rows = _nodes(view, manager)
        by_hostname = {row["Description"]["Hostname"]: row for row in rows}
        for node in view.nodes:
            row = by_hostname.get(node.name)
            if row is None:
                yield Finding(manager.name, f"{node.name} in its node list", "it is not there")
                continue
            yield from _node_findings(manager, node, row)
        leaders = [name for name, row in by_hostname.items() if _manager(row).get("Leader")]
        if len(leaders) != 1:
            yield Finding(manager.name, "exactly one leader", ", ".join(leaders) or "none")
        else:
            named[manager.name] = leaders[0]

    yield from view.each(view.managers, ask)
    if len(set(named.values())) > 1:
        shown = ", ".join(f"{manager} says {leader}" for manager, leader in sorted(named.items()))
        yield Finding("cluster", "one leader, whichever manager is asked", shown, _TWO_SWARMS)


def _node_findings(manager: Node, node: Node, row: dict[str, Any]) -> Iterator[Finding]:
    state = row["Status"]["State"]
    if state != "ready":
        reason = row["Status"].get("Message") or ""
        yield Finding(manager.name, f"{node.name} ready", f"{state} {reason}".strip())
    availability = row["Spec"].get("Availability")
    if availability != node.availability:
        expected = f"{node.name} availability {node.availability}"
        yield Finding(manager.name, expected, str(availability), _AVAILABILITY)
    if row["Spec"]["Role"] != node.swarm:
        yield Finding(manager.name, f"{node.name} a {node.swarm}", f"a {row['Spec']['Role']}")
    if node.swarm == "manager" and _manager(row).get("Reachability") != "reachable":
        found = str(_manager(row).get("Reachability"))
        yield Finding(manager.name, f"{node.name} reachable as manager", found)


_TWO_SWARMS = (
    "two swarms of one identity, if it stays so: have managers that `provision recover swarm` "
    "gave up leave, with `provision recover manager NODE`"
)
_AVAILABILITY = "`provision node drain`, `pause` and `activate` declare it"


@probe("swarm.write", "the managers have quorum: a config can be created and removed")
def write(view: ClusterView) -> Iterator[Finding]:
    manager = answering_manager(view)
    sweep_swarm(view, manager, "configs")
    name = f"provision-probe-{secrets.token_hex(6)}"
    body = json.dumps({"Name": name, "Data": "cHJvYmU=", "Labels": {LABEL: "1"}})
    created = view.json(
        manager,
        f"{API}/configs/create",
        *SOCKET,
        *("-X", "POST", "-H", "Content-Type: application/json", "--data", body),
        expected="a swarm config to be created (quorum)",
        timeout=ENGINE_TIMEOUT,
    )
    view.http(
        manager,
        f"{API}/configs/{created['ID']}",
        *SOCKET,
        *("-X", "DELETE"),
        expected="the swarm config to be removed again",
        timeout=ENGINE_TIMEOUT,
    )
    return iter(())


@probe("swarm.network", "the attachable overlay network 'services' exists")
def network(view: ClusterView) -> Iterator[Finding]:
    manager = answering_manager(view)
    found = engine(view, manager, f"/networks/{SERVICES}", f"the network '{SERVICES}'")
    for key, wanted in (("Driver", "overlay"), ("Scope", "swarm"), ("Attachable", True)):
        if found.get(key) != wanted:
            yield Finding(
                "cluster", f"network '{SERVICES}' with {key} {wanted}", str(found.get(key))
            )


SERVICES = "services"


def _nodes(view: ClusterView, manager: Node) -> list[dict[str, Any]]:
    return list(engine(view, manager, "/nodes", "the swarm's node list"))


def _manager(row: dict[str, Any]) -> dict[str, Any]:
    return dict(row.get("ManagerStatus") or {})


PROBES: tuple[Probe, ...] = (active, identity, nodes, write, network)
