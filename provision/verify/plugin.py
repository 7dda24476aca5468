"""What the suite's tests are given: the fixtures ``plan``, ``cluster`` and ``ahead``."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from provision.verify.ahead import Ahead
from provision.verify.connection import ProbeRunner
from provision.verify.patience import Patience
from provision.verify.plan import Plan
from provision.verify.probes.base import ClusterView, Probe

CLEANING = 15.0
"""Seconds for probes to remove what they made once somebody broke it off."""

PLAN = pytest.StashKey[Plan]()
_RUNNER = pytest.StashKey[ProbeRunner]()
_VIEW = pytest.StashKey[ClusterView]()
_AHEAD = pytest.StashKey[Ahead]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Begin with the probes that were chosen, unless something cannot even be collected."""
    if session.testsfailed:
        return
    plan = session.config.stash[PLAN]
    runner = session.config.stash[_RUNNER] = ProbeRunner(plan.ssh_config)
    view = ClusterView(plan.nodes, runner, plan.consul)
    session.config.stash[_VIEW] = view
    ahead = session.config.stash[_AHEAD] = Ahead(view, Patience(plan.settle))
    ahead.ask(sorted(_chosen(session.items), key=lambda probe: not probe.slow))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """All have been asked for by now, unless somebody broke it off."""
    if ahead := session.config.stash.get(_AHEAD, None):
        ahead.give_up(CLEANING)
        session.config.stash[_RUNNER].hang_up()


def _chosen(items: Iterable[pytest.Item]) -> list[Probe]:
    found = (getattr(item, "callspec", None) for item in items)
    values = (spec.params.get("probe") for spec in found if spec)
    return [value for value in values if isinstance(value, Probe)]


@pytest.fixture(scope="session")
def plan(pytestconfig: pytest.Config) -> Plan:
    """What is being verified."""
    return pytestconfig.stash[PLAN]


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config) -> ClusterView:
    """The declared nodes and a way to ask them, for proofs across nodes."""
    return pytestconfig.stash[_VIEW]


@pytest.fixture(scope="session")
def ahead(pytestconfig: pytest.Config) -> Ahead:
    """What the probes found, or will have."""
    return pytestconfig.stash[_AHEAD]
