"""Drills: who may have them, what a report says, what raft's clock is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from provision.cluster.cluster import Cluster
from provision.cluster.drills.consul_leader import heartbeat_timeout
from provision.cluster.drills.drill import Arena
from provision.cluster.drills.report import Happening
from provision.cluster.drills.run import require_allowed
from provision.cluster.shape import Shape
from provision.errors import MachineError, UsageError
from provision.machines.driver import Endpoint
from provision.machines.registry import get_driver
from provision.machines.store import ClusterStore
from provision.verify.probes.base import Answer, ClusterView, Finding, Node, probe

NODE = Node("lab-node-1", "10.0.0.1", "manager", "server")


class Silent:
    def __init__(self, stdout: str = "", rc: int = 0) -> None:
        self.stdout, self.rc = stdout, rc

    def run(self, node: str, command: str, stdin: str = "") -> Answer:
        return Answer(self.rc, self.stdout, "no such unit")


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    made = Cluster(
        store=ClusterStore(tmp_path, "lab"),
        shape=Shape(nodes=1, managers=1),
        driver=get_driver("static", {}),
        driver_options={},
        subnet=None,
        endpoints={"lab-node-1": Endpoint("10.0.0.1", "root", cluster_address="10.0.0.1")},
    )
    made.save()
    return made


def test_only_a_marked_cluster_is_broken_on_purpose(cluster: Cluster) -> None:
    with pytest.raises(UsageError, match="not marked for drills") as refused:
        require_allowed(cluster)
    hint = refused.value.hint or ""
    text, file = hint.removeprefix("echo '").split("' > ")
    Path(file).write_text(text)
    require_allowed(cluster)
    Path(file).write_text("drills: no")
    with pytest.raises(UsageError):
        require_allowed(cluster)


def test_a_report_has_what_was_seen_measured_and_proven(cluster: Cluster) -> None:
    told: list[Happening] = []
    arena = Arena(cluster, ClusterView([NODE], Silent()), told.append)
    arena.note("killed")
    arena.figure("another leader", 2.34567, floor=1.8, why="a timeout")
    arena.prove("nothing is lost", [])
    report = arena.report("some")
    assert report.passed
    document = json.loads(json.dumps(report.document()))
    assert document["figures"][0]["seconds"] == 2.346
    assert [h["what"] for h in document["happenings"]] == [h.what for h in told] == ["killed"]
    arena.prove("all are there", [Finding("n1", "all", "one lost")])
    assert not arena.report("some").passed


def test_a_sick_cluster_is_not_made_worse(cluster: Cluster) -> None:
    arena = Arena(cluster, ClusterView([NODE], Silent()), lambda happening: None)
    sick = probe("a.b", "all is well")(lambda view: [Finding("n1", "health", "none")])
    with pytest.raises(MachineError, match="before the drill: n1: expected health; found none"):
        arena.require([sick])


def test_what_has_to_happen_and_does_not_is_an_error(cluster: Cluster) -> None:
    arena = Arena(cluster, ClusterView([NODE], Silent(rc=5)), lambda happening: None)
    with pytest.raises(MachineError, match="this did not happen: an election"):
        arena.wait("an election", 0, lambda: False)
    with pytest.raises(MachineError, match="systemctl start consul: no such unit"):
        arena.do(NODE, "systemctl", "start", "consul")


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("2s", 2.0), ("500ms", 0.5), ("1m30s", 90.0), ("1.5s", 1.5), ("", None), ("soon", None)],
)
def test_raft_tells_its_heartbeat_timeout(told: str, seconds: float | None) -> None:
    body = json.dumps({"DebugConfig": {"ConsulRaftHeartbeatTimeout": told}})
    assert heartbeat_timeout(ClusterView([NODE], Silent(body)), NODE) == seconds
