"""The nodes are one Docker Swarm that accepts work and connects it."""

from __future__ import annotations

import pytest

from provision.verify.ahead import Ahead
from provision.verify.probes import overlay, swarm
from provision.verify.probes.base import Probe
from provision.verify.suite.support import prove


@pytest.mark.parametrize("probe", [*swarm.PROBES, *overlay.PROBES], ids=lambda probe: probe.name)
def test_cluster(probe: Probe, ahead: Ahead) -> None:
    prove(probe, ahead)
