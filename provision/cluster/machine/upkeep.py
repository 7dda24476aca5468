"""Certificates anew, Docker anew, everything anew: on single machines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from provision.cluster import tls
from provision.cluster.cluster import Cluster
from provision.cluster.machine.found import Found
from provision.cluster.plays import run_playbooks
from provision.engine.events import Subscriber
from provision.machines.driver import Progress


def regenerate(
    machines: Sequence[Found],
    *,
    client: bool = False,
    say: Progress,
    subscribers: Sequence[Subscriber] = (),
) -> int:
    """New server certificates; engines restart one after another, those with a new one only.

    Parameters:
        client: a new authority and client certificate too, so that every machine of the
            cluster gets a new one and old copies of the client's are worth nothing.

    Returns the exit code of the plays.
    """
    for cluster, names in _by_cluster(machines):
        with cluster.store.lock():
            issued = tls.ensure(cluster, renew=names, renew_client=client)
            for name in issued.servers:
                say(name, "new certificate")
            if issued.client:
                say("", f"cluster {cluster.name}: new client certificate")
            if code := _play(cluster, "tls", issued.servers, subscribers):
                return code
    return 0


def upgrade(machines: Sequence[Found], *, subscribers: Sequence[Subscriber] = ()) -> int:
    """The newest Docker of the packages' own source. Returns the exit code of the plays."""
    return _each(machines, "docker_upgrade", subscribers)


def provision(machines: Sequence[Found], *, subscribers: Sequence[Subscriber] = ()) -> int:
    """Docker and its configuration as declared. Returns the exit code of the plays."""
    return _each(machines, "docker", subscribers, tls.ensure)


def _each(
    machines: Sequence[Found],
    playbook: str,
    subscribers: Sequence[Subscriber],
    first: Callable[[Cluster], object] = lambda _: None,
) -> int:
    for cluster, names in _by_cluster(machines):
        with cluster.store.lock():
            first(cluster)
            if code := _play(cluster, playbook, names, subscribers):
                return code
    return 0


def _play(
    cluster: Cluster, playbook: str, names: Sequence[str], subscribers: Sequence[Subscriber]
) -> int:
    return run_playbooks(cluster, [playbook], subscribers=subscribers, limit=names).exit_code


def _by_cluster(machines: Sequence[Found]) -> list[tuple[Cluster, list[str]]]:
    """Each cluster with the names of the machines that were asked for there."""
    clusters = {found.cluster.name: found.cluster for found in machines}
    return [
        (cluster, [found.name for found in machines if found.cluster.name == name])
        for name, cluster in clusters.items()
    ]
