"""`provision monitoring`: Prometheus on one of the cluster's nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from provision.cluster.cluster import Cluster
from provision.cluster.consul.access import find
from provision.cluster.consul.operation import Operation
from provision.errors import MachineError, UsageError
from provision.machines.store import ClusterStore
from provision.transport.pool import SessionPool
from provision.verify.probes import consul, monitoring
from provision.verify.probes.base import NoAnswer, Node
from provision.verify.probes.monitoring import Alert

SETTLE = 120.0
"""Seconds until Prometheus has asked everyone; it does so every 15."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What Prometheus sees.

    Parameters:
        health: by node and job what is wrong; "" where nothing is.
    """

    prometheus: Node
    health: Mapping[str, Mapping[str, str]]
    alerts: Sequence[Alert]

    @property
    def well(self) -> bool:
        """Whether every node gives all its metrics and no alert fires."""
        every = (jobs.get(job) == "" for jobs in self.health.values() for job in monitoring.JOBS)
        return all(every) and not any(alert.state == "firing" for alert in self.alerts)


def install(work: Operation, node: str | None) -> Node:
    """Make every node give metrics, and have one collect them.

    Declares it, so that `up` and `bootstrap` keep it so. Run again it takes in nodes that are new
    and forgets those that are gone.

    Parameters:
        node: where Prometheus is to run, by name or number; None for where it runs, or the first
            Consul server.

    Raises:
        UsageError: there is no such node.
        MachineError: Consul is not well (nothing was changed), or a play failed.
    """
    cluster = work.cluster
    chosen = find(cluster, node) if node else _declared(cluster) or find(cluster, None)
    work.require(consul.PROBES[:1])
    _declare(cluster.store, chosen)
    work.say(f"{chosen.name} gets Prometheus; every node gives metrics")
    work.play("monitoring")
    if found := monitoring.targets(chosen).settle(work.view, SETTLE):
        shown = "".join(f"\n  {finding}" for finding in found)
        raise MachineError(
            f"it was set up, but after {SETTLE:g} s Prometheus does not see this:{shown}",
            hint="`provision monitoring status` shows the whole",
        )
    return chosen


def prometheus_of(cluster: Cluster) -> Node:
    """The node that has Prometheus.

    Raises:
        UsageError: none was to get it.
    """
    if (node := _declared(cluster)) is None:
        raise UsageError(
            f"cluster '{cluster.name}' has no monitoring", hint="`provision monitoring install`"
        )
    return node


def seen(workspace: Path, name: str) -> Seen:
    """Ask Prometheus.

    Raises:
        UsageError: there is no such cluster, or it has no monitoring.
        MachineError: Prometheus does not answer.
    """
    cluster = Cluster.open(workspace, name)
    prometheus = prometheus_of(cluster)
    try:
        with SessionPool() as sessions:
            view = cluster.view(sessions)
            health = monitoring.health(view, prometheus)
            alerts = monitoring.alerts(view, prometheus)
    except NoAnswer as silence:
        hint = "`provision monitoring install` sets it up anew, also on another node"
        raise MachineError(str(silence), hint=hint) from silence
    return Seen(prometheus, health, alerts)


def _declared(cluster: Cluster) -> Node | None:
    name = _read(cluster.store).get("monitoring_host")
    return find(cluster, str(name)) if name else None


def _declare(store: ClusterStore, node: Node) -> None:
    known = {**_read(store), "monitoring": True, "monitoring_host": node.name}
    store.write_file(_file(store), yaml.safe_dump(known))


def _read(store: ClusterStore) -> Mapping[str, object]:
    try:
        return yaml.safe_load(_file(store).read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        return {}


def _file(store: ClusterStore) -> Path:
    return store.secrets.with_name("monitoring.yml")
