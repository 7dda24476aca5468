"""What the suite's tests are given: the fixtures ``plan``, ``cluster`` and ``patience``."""

from __future__ import annotations

import time

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
    return ClusterView(plan.nodes, ProbeRunner(plan.ssh_config), plan.consul)


class Patience:
    """Time that proofs share, so that a broken cluster does not cost each of them its own.

    Parameters:
        seconds: counted from the first question.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end: float | None = None

    @property
    def left(self) -> float:
        """Seconds that are left, at least 0."""
        now = time.monotonic()
        if self._end is None:
            self._end = now + self._seconds
        return max(0.0, self._end - now)


@pytest.fixture(scope="session")
def patience(plan: Plan) -> Patience:
    """How long cross-node proofs may still wait to come true."""
    return Patience(plan.settle)
