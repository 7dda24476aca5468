"""A cluster whose nodes exist on paper only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from provision.cluster import tls
from provision.cluster.cluster import Cluster
from provision.cluster.consul import certificates as consul_certificates
from provision.cluster.named import FIRST_NAMED, Named
from provision.cluster.shape import Shape
from provision.machines.driver import Endpoint
from provision.machines.store import ClusterStore
from tests.unit.cluster.static_cluster import static_cluster

HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtO1VdOawGI+sHXudO5SKpsbKVSLNq+4JW1D5odKHaS"

Make = Callable[[Path], Cluster]


@pytest.fixture
def make_cluster() -> Make:
    """Three counted nodes and a server that was adopted with a key of the operator's own."""

    def make(workspace: Path) -> Cluster:
        store = ClusterStore(workspace, "lab")
        named = Named("web-1", FIRST_NAMED, "static", options={"address": "192.0.2.9", "key": "/k"})
        endpoints = {
            f"lab-node-{n}": Endpoint(
                address=f"10.0.0.{n}",
                user="root",
                key_file=store.private_key,
                cluster_address=f"10.0.0.{n}",
                host_keys=(HOST_KEY,),
            )
            for n in (1, 2, 3)
        }
        endpoints["web-1"] = Endpoint("192.0.2.9", "admin", 2222, Path("/k"), "192.0.2.9")
        shape = Shape(nodes=3, managers=3, named=(named,))
        made = static_cluster(workspace, endpoints, shape, subnet="10.0.0.0/24")
        store.ensure_keypair()
        made.save()
        tls.ensure(made)
        consul_certificates.ensure(made)
        return made

    return make


@pytest.fixture
def cluster(tmp_path: Path, make_cluster: Make) -> Cluster:
    return make_cluster(tmp_path / "home")
