"""The pytest plugin that gives the suite its cluster and collects the outcome."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from provision.verify.plan import Plan
from provision.verify.probes.base import ClusterView
from provision.verify.testinfra_runner import TestinfraRunner


@dataclass(frozen=True, slots=True)
class Proof:
    """One test's outcome: ``passed`` or ``failed``, with the message of a failure.

    Parameters:
        name: the test, such as ``consul::test_leader``.
        host: the node it was about; "" for the whole cluster.
        seconds: how long it took.
    """

    name: str
    host: str
    outcome: str
    message: str
    seconds: float


class VerifyPlugin:
    """Fixtures ``plan`` and ``cluster``; remembers every proof in ``proofs``."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.proofs: list[Proof] = []

    @pytest.fixture(scope="session")
    def plan(self) -> Plan:
        """What is being verified."""
        return self._plan

    @pytest.fixture(scope="session")
    def cluster(self) -> ClusterView:
        """The declared nodes and a way to ask them, for proofs across nodes."""
        return ClusterView(self._plan.nodes, TestinfraRunner(self._plan.ssh_config))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.outcome == "passed":
            return
        outcome = "passed" if report.outcome == "passed" else "failed"
        self.proofs.append(
            Proof(
                name=_short(report.nodeid),
                host=_host(report.nodeid),
                outcome=outcome,
                message="" if outcome == "passed" else report.longreprtext,
                seconds=round(report.duration, 3),
            )
        )


def _short(nodeid: str) -> str:
    file, _, test = nodeid.partition("::")
    return f"{file.rsplit('/', 1)[-1].removeprefix('test_').removesuffix('.py')}::{test}"


def _host(nodeid: str) -> str:
    """The node in a parametrized test's id, ``test_x[paramiko://swarm-node-1]``."""
    return nodeid.rpartition("paramiko://")[2].partition("]")[0] if "paramiko://" in nodeid else ""
