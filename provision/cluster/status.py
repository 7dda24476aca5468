"""`provision status`: what exists and how it is."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provision.cluster import tls
from provision.cluster.cluster import Cluster
from provision.cluster.consul import certificates as consul_certificates
from provision.cluster.sharing import origin as origins
from provision.cluster.sharing.origin import Origin
from provision.transport.pool import SessionPool
from provision.verify.probes import consul, consul_api, engine_api, swarm
from provision.verify.probes import tls as tls_probes
from provision.verify.probes.base import ClusterView, Finding, NoAnswer, Node, Probe
from provision.verify.silence import Silence


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """One node's row.

    Parameters:
        state: the machine's state as its driver sees it.
        system: distribution and version, as the node's Engine tells; "-" where unknown.
        docker, consul: what runs there and in which state; "-" where unknown.
        problem: why the node cannot be asked; "" when it can.
    """

    name: str
    address: str
    state: str
    roles: str
    system: str = "-"
    docker: str = "-"
    swarm: str = "-"
    consul: str = "-"
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ProbeStatus:
    name: str
    claim: str
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Status:
    """The whole picture; ``healthy`` when every machine runs and every probe holds.

    Parameters:
        certificates: the soonest to expire first.
        origin: where it is at home, if that is not here.
    """

    cluster: Cluster
    nodes: Sequence[NodeStatus]
    probes: Sequence[ProbeStatus]
    certificates: Sequence[tls.Expiry]
    origin: Origin | None = None

    @property
    def healthy(self) -> bool:
        running = all(node.state == "running" for node in self.nodes)
        return running and not any(probe.findings for probe in self.probes)


def node_rows(cluster: Cluster) -> list[NodeStatus]:
    """The declared nodes with their machines' state; asks only the driver."""
    states = {machine.name: machine.state for machine in cluster.driver.machines(cluster.spec)}
    rows = []
    for spec in cluster.shape.specs(cluster.name):
        endpoint = cluster.endpoints.get(spec.name)
        node = cluster.shape.node(spec, endpoint.cluster_address if endpoint else "-")
        state = states.get(spec.name)
        roles = f"{node.swarm}, consul {node.consul}"
        rows.append(NodeStatus(node.name, node.address, state or "absent", roles))
    return rows


def status(workspace: Path, name: str) -> Status:
    """Ask the driver, each node and the probes.

    Raises:
        UsageError: there is no such cluster.
    """
    cluster = Cluster.open(workspace, name)
    rows = node_rows(cluster)
    up = [row.name for row in rows if row.state == "running"]
    with SessionPool() as sessions:
        silence = Silence(retry=math.inf)
        for row in rows:
            if row.state != "running":
                silence.note(row.name, f"its machine is {row.state}")
        # For someone who looks on, a node is tried once, half as long.
        view = cluster.view(sessions, silence=silence, patience=0.5)
        details: dict[str, tuple[str, str, str, str]] = {}

        def ask(node: Node) -> Sequence[Finding]:
            details[node.name] = _details(view, node)
            return ()

        view.each([node for node in view.nodes if node.name in up], ask)
        every = (*tls_probes.PROBES, *consul.probes(view.consul), *swarm.PROBES)
        probes = [_probe(view, probe) for probe in every] if up else []
    unknown = ("-", "-", "-", "-")
    filled = [
        NodeStatus(
            *(r.name, r.address, r.state, r.roles),
            *details.get(r.name, unknown),
            silence.reason(r.name) or "",
        )
        for r in rows
    ]
    known = [*tls.expiries(cluster), *consul_certificates.expiries(cluster)]
    certificates = sorted(known, key=lambda expiry: expiry.days)
    return Status(cluster, filled, probes, certificates, origins.read(cluster.store))


def _probe(view: ClusterView, probe: Probe) -> ProbeStatus:
    return ProbeStatus(probe.name, probe.claim, probe.findings(view))


def _details(view: ClusterView, node: Node) -> tuple[str, str, str, str]:
    """(the system, Docker's version, swarm state, Consul's version and role)."""
    try:
        info: dict[str, Any] = engine_api.engine(view, node, "/info", "a Docker Engine")
        # "Debian GNU/Linux 12 (bookworm) (containerized)"
        system = re.sub(r" GNU/Linux| *\([^)]*\)", "", str(info.get("OperatingSystem") or "-"))
        docker, member = str(info.get("ServerVersion")), info.get("Swarm") or {}
        joined = str(member.get("LocalNodeState"))
        if joined == "active":
            joined = "manager" if member.get("ControlAvailable") else "worker"
    except NoAnswer:
        system, docker, joined = "-", "no answer", "-"
    answer = consul_api.run(view, node, "/v1/agent/self")
    try:
        config = json.loads(answer.stdout)["Config"]
        agent = f"{config['Version']} {'server' if config['Server'] else 'client'}"
    except (ValueError, KeyError, TypeError):
        agent = "no answer"
    return system, docker, joined, agent
