"""A cluster without machines: the static driver adopts what is named, and looks for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from provision.cluster.cluster import Cluster
from provision.cluster.shape import Shape
from provision.machines.driver import Endpoint
from provision.machines.registry import get_driver
from provision.machines.store import ClusterStore


def static_cluster(
    folder: Path,
    endpoints: Mapping[str, Endpoint],
    shape: Shape | None = None,
    *,
    name: str = "lab",
    subnet: str | None = None,
) -> Cluster:
    """Not saved yet."""
    return Cluster(
        store=ClusterStore(folder, name),
        shape=shape or Shape(nodes=1, managers=1),
        driver=get_driver("static", {}),
        driver_options={},
        subnet=subnet,
        endpoints=dict(endpoints),
    )
