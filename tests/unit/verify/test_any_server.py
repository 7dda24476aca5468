"""Probes of the whole ask the next server where one is silent; overlay tasks say what they lack."""

from __future__ import annotations

import pytest

from provision.verify.probes import consul, overlay
from provision.verify.probes.base import Answer, ClusterView, Probe
from tests.unit.verify.test_probes import NODES, found, healthy


@pytest.mark.parametrize(
    "probe",
    [consul.autopilot, consul.peers, consul.encryption, consul.snapshot],
    ids=lambda probe: probe.name,
)
def test_a_silent_first_server_is_named_and_the_next_is_asked(probe: Probe) -> None:
    api = healthy()
    api.silent = {"n1"}
    assert [finding.node for finding in found(probe, api)] == ["n1"]


def test_what_the_next_server_finds_is_told_too() -> None:
    api = healthy()
    api.silent = {"n1"}
    api.bodies["/v1/operator/raft/configuration"]["Servers"].pop()
    assert {finding.node for finding in found(consul.peers, api)} == {"n1", "n3"}


def test_a_write_goes_through_a_server_that_lives() -> None:
    api = healthy()
    api.silent = {"n1"}
    assert {finding.node for finding in found(consul.kv, api)} == {"n1"}
    assert api.stored


class Swarm:
    """A swarm on whose second node no task starts."""

    def run(self, node: str, command: str, stdin: str = "") -> Answer:
        if "service ps" in command:
            rows = ["n1\tRunning 3 seconds ago\t", 'n2\tRejected 1 second ago\t"no such image"']
            return Answer(0, "\n".join([*rows, 'n2\tRejected 9 seconds ago\t"older"']), "")
        if "docker ps -q" in command:
            return Answer(0, "c1\n" if node == "n1" else "", "")
        if "docker exec" in command:
            return Answer(0, "n1\nn2\n", "")
        if "/info" in command or "docker info" in command:
            return Answer(0, '{"Swarm": {"ControlAvailable": true}}', "")
        return Answer(0, "[]", "")


def test_the_task_s_own_error_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlay, "START_TIMEOUT", 0.0)
    monkeypatch.setattr(overlay, "answering_manager", lambda view: view.nodes[0])
    monkeypatch.setattr(overlay, "sweep_swarm", lambda *arguments: None)
    findings = overlay.overlay.findings(ClusterView(NODES[:2], Swarm()))
    assert [(f.node, f.found) for f in findings] == [
        ("n2", "no probe task runs on it: no such image")
    ]
