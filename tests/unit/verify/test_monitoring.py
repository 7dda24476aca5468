"""What the cluster's own Prometheus says, as a probe and as alerts."""

from __future__ import annotations

import json
from typing import Any

from provision.verify.probes import monitoring
from provision.verify.probes.base import Answer, ClusterView, Node

NODES = [Node(f"n{n}", f"10.0.0.{n}", "manager", "server") for n in (1, 2)]


def target(node: str, job: str, error: str = "") -> dict[str, Any]:
    health = "down" if error else "up"
    return {"labels": {"node": node, "job": job}, "health": health, "lastError": error}


def alert(name: str, state: str, **labels: str) -> dict[str, Any]:
    return {
        "labels": {"alertname": name, **labels},
        "annotations": {"summary": f"{name} it is"},
        "state": state,
        "activeAt": "2026-01-01T00:00:00Z",
    }


class Prometheus:
    """On n1, as far as these questions go."""

    targets = (
        *(target("n1", job) for job in monitoring.JOBS),
        target("n2", "node"),
        target("n2", "docker", "HTTP status 502"),
        {"labels": {"job": "prometheus"}, "health": "up", "lastError": ""},
        target("left", "node", "no route to host"),
    )
    alerts = (
        alert("NodeLost", "pending", node="n2", severity="critical"),
        alert("SwarmQuorumLost", "firing", severity="critical"),
        alert("DockerDown", "firing", node="n2", severity="critical"),
    )

    def run(self, node: str, command: str, stdin: str = "") -> Answer:
        if node != "n1":
            return Answer(7, "", "curl: (7) Failed to connect")
        told = {"alerts": self.alerts} if "alerts" in command else {"activeTargets": self.targets}
        return Answer(0, json.dumps({"status": "success", "data": told}), "")


VIEW = ClusterView(NODES, Prometheus())


def test_each_node_has_to_give_all_its_metrics() -> None:
    found = monitoring.targets(NODES[0]).findings(VIEW)
    assert [(each.node, each.expected.split()[-1], each.found) for each in found] == [
        ("n2", "docker", "HTTP status 502"),
        ("n2", "consul", "Consul does not name it"),
    ]
    assert set(monitoring.health(VIEW, NODES[0])) == {"n1", "n2"}


def test_a_prometheus_that_is_silent_is_a_finding() -> None:
    found = monitoring.targets(NODES[1]).findings(VIEW)
    assert [each.node for each in found] == ["n2"]
    assert "refuses connections" in found[0].found


def test_alerts_that_fire_come_first() -> None:
    found = monitoring.alerts(VIEW, NODES[0])
    assert [(each.name, each.node, each.state) for each in found] == [
        ("DockerDown", "n2", "firing"),
        ("SwarmQuorumLost", "", "firing"),
        ("NodeLost", "n2", "pending"),
    ]
    assert found[1].summary == "SwarmQuorumLost it is"
