"""The nodes are one Docker Swarm that accepts work and connects it."""

from __future__ import annotations

import pytest

from provision.verify.plugin import Patience
from provision.verify.probes import overlay, swarm
from provision.verify.probes.base import ClusterView, Probe
from provision.verify.suite.support import prove, report


@pytest.mark.parametrize("probe", swarm.PROBES, ids=lambda probe: probe.name)
def test_cluster(probe: Probe, cluster: ClusterView, patience: Patience) -> None:
    prove(probe, cluster, patience)


def test_overlay_connects_nodes(cluster: ClusterView) -> None:
    """With a workload of its own; it waits for that itself."""
    report(overlay.overlay.findings(cluster), overlay.overlay.claim)
