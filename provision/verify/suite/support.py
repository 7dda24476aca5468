"""How a proof fails: with host, expectation and finding, and no traceback."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from provision.verify.ahead import Ahead
from provision.verify.probes.base import ClusterView, Finding, Node, Probe


def prove(probe: Probe, ahead: Ahead) -> None:
    """Fail with all that contradicts the probe's claim once it had time to come true."""
    report(ahead.findings(probe), probe.claim)


def expect(host: Any, holds: bool, expected: str, found: Any, hint: str = "") -> None:
    """Fail unless it holds."""
    name = host.backend.get_hostname()
    report([] if holds else [Finding(name, expected, str(found), hint)], expected)


def report(findings: Iterable[Finding], claim: str) -> None:
    """Fail with the findings, if there are any."""
    lines = [f"{finding}" for finding in findings]
    if lines:
        pytest.fail("\n".join([claim, *lines]), pytrace=False)


def node_of(host: Any, cluster: ClusterView) -> Node:
    """The declared node behind a testinfra host."""
    name = host.backend.get_hostname()
    return next(node for node in cluster.nodes if node.name == name)
