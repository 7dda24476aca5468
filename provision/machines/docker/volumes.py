"""The volumes that a node's own Docker Engine keeps its data on; they go with the node."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from provision.machines.docker.engine import Engine, said
from provision.machines.docker.labels import CLUSTER, MACHINE, require_owner
from provision.machines.docker.node import labels, volume_names
from provision.machines.driver import ClusterSpec, MachineSpec

if TYPE_CHECKING:
    from docker.models.volumes import Volume


def check(engine: Engine, cluster: ClusterSpec, machine: str) -> None:
    """Refuse volumes under a machine's names that are not the cluster's.

    Raises:
        UsageError: naming the first of them.
    """
    for _ in _ours(engine, cluster, machine):
        pass


def renew(engine: Engine, cluster: ClusterSpec, spec: MachineSpec) -> None:
    """Empty volumes: a new machine does not wake up with the memory of one that is gone."""
    remove(engine, cluster, spec.name)
    for name in volume_names(spec.name):
        with said(f"create volume {name}", spec.name):
            engine.client.volumes.create(name, labels=labels(cluster, spec))


def remove(engine: Engine, cluster: ClusterSpec, machine: str) -> None:
    """Remove a machine's volumes, as far as there are any."""
    for volume in _ours(engine, cluster, machine):
        _remove(volume)


def remove_orphans(engine: Engine, cluster: ClusterSpec, machines: Collection[str]) -> None:
    """Remove the cluster's volumes that belong to none of these machines.

    A removal that was killed may have taken a machine and not its volumes.
    """
    with said(f"list the volumes of {cluster.name}"):
        found = engine.client.volumes.list(filters={"label": f"{CLUSTER}={cluster.name}"})
    orphans = [v for v in found if (v.attrs["Labels"] or {}).get(MACHINE) not in machines]
    for volume in orphans:
        require_owner("volume", str(volume.name), volume.attrs["Labels"], cluster)
    for volume in orphans:
        _remove(volume)


def _ours(engine: Engine, cluster: ClusterSpec, machine: str) -> Iterator[Volume]:
    from docker.errors import NotFound

    for name in volume_names(machine):
        with said(f"look for volume {name}", machine):
            try:
                volume = engine.client.volumes.get(name)
            except NotFound:
                continue
        require_owner("volume", name, volume.attrs.get("Labels"), cluster)
        yield volume


def _remove(volume: Volume) -> None:
    from docker.errors import NotFound

    # Absent: somebody was quicker.
    with said(f"remove volume {volume.name}"), contextlib.suppress(NotFound):
        volume.remove()
