"""What the suite's tests are given: the fixtures ``plan`` and ``cluster``."""

from __future__ import annotations

import pytest

from provision.verify.connection import ProbeRunner
from provision.verify.plan import Plan
from provision.verify.probes.base import ClusterView

PLAN = pytest.StashKey[Plan]()


@pytest.fixture(scope="session")
def plan(pytestconfig: pytest.Config) -> Plan:
    """What is being verified."""
    return pytestconfig.stash[PLAN]


@pytest.fixture(scope="session")
def cluster(plan: Plan) -> ClusterView:
    """The declared nodes and a way to ask them, for proofs across nodes."""
    return ClusterView(plan.nodes, ProbeRunner(plan.ssh_config))
