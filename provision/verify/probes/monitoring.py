"""What the cluster's own Prometheus sees, asked on the node that it runs on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from provision.verify.probes.base import ClusterView, Finding, Node, Probe, probe

PORT = 9090
"""Of that node's loopback."""

JOBS = ("node", "docker", "consul")
"""What each node gives metrics of."""

_EXPECTED = "Prometheus to answer"


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that is not at rest.

    Parameters:
        state: ``firing``, or ``pending`` while it has not lasted long enough.
        node: "" where it concerns the cluster.
        since: when it began, RFC 3339.
    """

    name: str
    state: str
    severity: str
    node: str
    summary: str
    since: str


def health(view: ClusterView, prometheus: Node) -> dict[str, dict[str, str]]:
    """By node and job what is wrong with its metrics; "" where nothing is.

    Raises:
        NoAnswer: Prometheus does not answer.
    """
    found: dict[str, dict[str, str]] = {node.name: {} for node in view.nodes}
    for target in _ask(view, prometheus, "targets?state=active")["activeTargets"]:
        labels = target["labels"]
        if labels.get("node") in found:
            wrong = "" if target["health"] == "up" else target["lastError"] or target["health"]
            found[labels["node"]][labels["job"]] = wrong
    return found


def alerts(view: ClusterView, prometheus: Node) -> list[Alert]:
    """The alerts that fire or are about to, those that fire first.

    Raises:
        NoAnswer: Prometheus does not answer.
    """
    found = [
        Alert(
            name=each["labels"]["alertname"],
            state=each["state"],
            severity=each["labels"].get("severity", ""),
            node=each["labels"].get("node", ""),
            summary=each["annotations"].get("summary", ""),
            since=each["activeAt"],
        )
        for each in _ask(view, prometheus, "alerts")["alerts"]
    ]
    return sorted(found, key=lambda alert: (alert.state, alert.name, alert.node))


def targets(prometheus: Node) -> Probe:
    """The proof that nothing is out of Prometheus's sight."""

    @probe("monitoring.targets", "Prometheus gets metrics of every node, its Engine and its Consul")
    def check(view: ClusterView) -> Iterator[Finding]:
        for node, jobs in health(view, prometheus).items():
            for job in JOBS:
                if wrong := jobs.get(job, "Consul does not name it"):
                    yield Finding(node, f"Prometheus to get metrics of {job}", wrong)

    return check


def _ask(view: ClusterView, prometheus: Node, what: str) -> Any:
    url = f"http://127.0.0.1:{PORT}/api/v1/{what}"
    return view.json(prometheus, url, expected=_EXPECTED)["data"]
