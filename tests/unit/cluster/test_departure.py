"""What is still known of a node that leaves, and whether it can be spared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from provision.cluster.consul.departure import _left, _traces, quorum
from provision.errors import MachineError
from provision.verify.probes.base import Answer, ClusterView, Node

SERVERS = [Node(f"n{n}", f"10.0.0.{n}", "manager", "server") for n in (1, 2, 3)]
GONE = Node("n4", "10.0.0.4", "worker", "client")


class Agents:
    """Consul agents that answer from a table, by the path's end; others refuse.

    Parameters:
        running: whether systemd says that they run.
    """

    def __init__(self, answers: Mapping[str, Any], *, running: bool = True) -> None:
        self._answers = answers
        self._running = running

    def run(self, node: str, command: str, stdin: str = "") -> Answer:
        if "systemctl" in command:
            return Answer(0 if self._running else 3, "", "")
        for path, answer in self._answers.items():
            if path in command:
                text = answer if isinstance(answer, str) else json.dumps(answer)
                return Answer(0, text, "")
        return Answer(7, "", "curl: (7) Failed to connect")


def test_consuls_quorum_is_what_autopilot_says() -> None:
    servers = [
        {"Name": "n1", "Voter": True, "Healthy": True},
        {"Name": "n2", "Voter": True, "Healthy": False},
        {"Name": "n3", "Voter": False, "Healthy": True},
    ]
    found = quorum(ClusterView(SERVERS, Agents({"/autopilot/health": {"Servers": servers}})))
    assert found is not None
    assert found.members == {"n1": True, "n2": False}


def test_there_is_no_consul_where_none_runs() -> None:
    assert quorum(ClusterView(SERVERS, Agents({}, running=False))) is None


def test_a_consul_without_a_leader_lets_nobody_go() -> None:
    with pytest.raises(MachineError, match="no leader"):
        quorum(ClusterView(SERVERS, Agents({"/autopilot/health": "No cluster leader"})))


def test_traces_are_found_everywhere_and_come_with_what_removes_them() -> None:
    answers = {
        "/operator/raft/configuration": {
            "Servers": [
                {"ID": "a", "Node": "n1", "Address": "10.0.0.1:8300"},
                {"ID": "b", "Node": "(unknown)", "Address": "10.0.0.4:8300"},
            ]
        },
        "/agent/members": [{"Name": "n1", "Status": 1}, {"Name": "n4", "Status": 3}],
        "/catalog/nodes": [{"Node": "n1"}, {"Node": "n4"}],
    }
    found = list(_traces(ClusterView(SERVERS, Agents(answers)), SERVERS[0], GONE))
    assert [trace.path for trace in found] == [
        "/v1/operator/raft/peer?id=b",
        "/v1/agent/force-leave/n4?prune",
        "/v1/catalog/deregister",
    ]
    clean = {
        "/operator/raft/configuration": {"Servers": []},
        "/agent/members": [],
        "/catalog/nodes": [],
    }
    assert not list(_traces(ClusterView(SERVERS, Agents(clean)), SERVERS[0], GONE))


def test_while_nobody_tells_there_may_be_traces() -> None:
    """A leader that leaves is followed by an election, in which others answer with an error."""
    (left,) = _left(ClusterView(SERVERS, Agents({})), SERVERS[0], GONE)
    assert "it refuses connections" in left.what
    assert left.path == ""
    nothing: Mapping[str, Any] = {
        "/operator/raft/configuration": {"Servers": []},
        "/agent/members": [],
        "/catalog/nodes": [],
    }
    assert _left(ClusterView(SERVERS, Agents(nothing)), SERVERS[0], GONE) == []
