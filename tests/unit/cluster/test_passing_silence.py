"""Answers that are missing for a moment: an election, a busy node, an agent that just started."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from provision.cluster.consul import rotate
from provision.cluster.consul.upgrade import _stranger
from provision.cluster.drills.writer import KvWriter
from provision.cluster.swarm import authority
from provision.cluster.swarm.availability import _left
from provision.verify.probes.base import Answer, ClusterView, NoAnswer, Node

NODE = Node("n1", "10.0.0.1", "manager", "server")
NO_LEADER = "rpc error: code = Unknown desc = The swarm does not have a leader.\n500"


class Told:
    """A node that answers one after the other; the last for ever."""

    def __init__(self, *answers: str) -> None:
        self._answers: Iterator[str] = iter(answers)
        self._last = ""
        self.asked = 0

    def run(self, node: str, command: str, stdin: str = "") -> Answer:
        self.asked += 1
        self._last = next(self._answers, self._last)
        return Answer(0, self._last, "")


def view(*answers: str) -> ClusterView:
    return ClusterView([NODE], Told(*answers))


def test_a_manager_without_a_leader_has_not_said_that_a_node_is_drained() -> None:
    (left,) = _left(view(NO_LEADER), NODE, "id", {})
    assert "does not have a leader" in left
    assert _left(view("[]\n200"), NODE, "id", {}) == []


def test_a_rotation_of_the_ca_outlasts_an_election(monkeypatch: pytest.MonkeyPatch) -> None:
    issued = {"CertIssuerPublicKey": "k", "CertIssuerSubject": "s", "TrustRoot": "r"}
    node = {"Description": {"Hostname": "n1", "TLSInfo": issued}}
    answers = (NO_LEADER, json.dumps({"TLSInfo": issued}) + "\n200", json.dumps([node]) + "\n200")
    said: list[str] = []
    work: Any = SimpleNamespace(view=view(*answers), say=said.append)
    authority._wait(work, NODE)
    assert said == ["1 of 1 nodes have a certificate of it"]
    monkeypatch.setattr(authority, "WAIT", 0.0)
    with pytest.raises(NoAnswer, match="does not have a leader"):
        authority._wait(SimpleNamespace(view=view(NO_LEADER), say=said.append), NODE)  # type: ignore[arg-type]


def test_a_node_that_missed_a_question_of_gossip_is_asked_again() -> None:
    missed = "List keys error: 3/4 nodes reported success\n500"
    asked = view(missed, '[{"Keys": {"k": 4}, "NumNodes": 4}]\n200')
    work: Any = SimpleNamespace(view=asked)
    assert rotate._keys(work, NODE, everywhere=True) == {"k"}


def test_a_refused_question_is_not_asked_again() -> None:
    runner = Told("Permission denied\n403")
    work: Any = SimpleNamespace(view=ClusterView([NODE], runner))
    with pytest.raises(NoAnswer, match="Permission denied"):
        rotate._keys(work, NODE)
    assert runner.asked == 1


def test_an_agent_that_has_just_started_does_not_know_its_tokens_yet() -> None:
    assert "ACL not found" in _stranger(view("ACL not found\n403"), NODE)
    assert not _stranger(view('{"Config": {"Version": "1.8.7"}}\n200'), NODE)


def test_an_error_is_not_taken_for_keys() -> None:
    writer: Any = SimpleNamespace(node=NODE, _prefix="p/", _acknowledged={1, 2})
    with pytest.raises(NoAnswer, match="No cluster leader"):
        KvWriter.lost(writer, view("No cluster leader"), NODE)
    (lost,) = KvWriter.lost(writer, view('["p/1"]'), NODE)
    assert lost.found == "1 lost: 2"
    assert KvWriter.lost(writer, view('["p/1", "p/2"]'), NODE) == []
