"""Drills: who may have them, whom they hit, how they mend, what they tell."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from provision.cluster.cluster import Cluster
from provision.cluster.drills import floors, seen, victim
from provision.cluster.drills.drill import Arena
from provision.cluster.drills.fault import UNIT, Fault, mend_leftovers
from provision.cluster.drills.registry import DRILLS
from provision.cluster.drills.report import Happening
from provision.cluster.drills.run import require_allowed, run_drills
from provision.errors import MachineError, UsageError
from provision.machines.driver import Endpoint
from provision.transport.pool import SessionPool
from provision.verify.probes.base import Answer, ClusterView, Finding, NoAnswer, Node, probe
from tests.unit.cluster.static_cluster import static_cluster

NODES = [
    Node(f"lab-node-{n}", f"10.0.0.{n}", "manager" if n < 4 else "worker", "server")
    for n in range(1, 5)
]
NODE = NODES[0]


class Scripted:
    """Answers by a part of the command; remembers all that was asked."""

    def __init__(self, answers: dict[str, str] | None = None, rc: int = 0) -> None:
        self.answers, self.rc = answers or {}, rc
        self.asked: list[tuple[str, str]] = []

    def run(self, node: str, command: str, stdin: str = "") -> Answer:
        self.asked.append((node, command))
        told = next((text for part, text in self.answers.items() if part in command), "")
        return Answer(self.rc, told, "no such unit")


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    endpoint = Endpoint("10.0.0.1", "root", cluster_address="10.0.0.1")
    made = static_cluster(tmp_path, {"lab-node-1": endpoint})
    made.save()
    return made


@pytest.fixture
def arena(cluster: Cluster) -> Callable[..., Arena]:
    def make(runner: Scripted, nodes: list[Node] = NODES, hit: Node | None = None) -> Arena:
        told: list[Happening] = []
        made = Arena(cluster, ClusterView(nodes, runner), SessionPool(), told.append, hit)
        made.told = told  # type: ignore[attr-defined]
        return made

    return make


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


def test_only_a_drill_that_hits_a_node_can_be_told_which(cluster: Cluster, tmp_path: Path) -> None:
    (cluster.store.secrets.with_name("drills.yml")).write_text("drills: allowed")
    with pytest.raises(UsageError, match="consul-leader chooses what it hits"):
        run_drills(tmp_path, "lab", [DRILLS["consul-leader"]], node="1")
    with pytest.raises(UsageError, match="has no node '9'"):
        run_drills(tmp_path, "lab", [DRILLS["node-loss"]], node="9")


def test_a_report_has_what_was_seen_measured_and_proven(arena: Callable[..., Arena]) -> None:
    drill = arena(Scripted())
    drill.note("killed")
    drill.figure("another leader", 2.34567, floor=1.8, why="a timeout")
    drill.prove("nothing is lost", [])
    report = drill.report("some")
    assert report.passed
    document = json.loads(json.dumps(report.document()))
    assert document["figures"][0]["seconds"] == 2.346
    told = drill.told  # type: ignore[attr-defined]
    assert [h["what"] for h in document["happenings"]] == [h.what for h in told] == ["killed"]
    drill.prove("all are there", [Finding("n1", "all", "one lost")])
    assert not drill.report("some").passed


def test_a_sick_cluster_is_not_made_worse(arena: Callable[..., Arena]) -> None:
    sick = probe("a.b", "all is well")(lambda view: [Finding("n1", "health", "none")])
    with pytest.raises(MachineError, match="before the drill: n1: expected health; found none"):
        arena(Scripted()).require([sick], 0)
    with pytest.raises(MachineError, match="this is not so: all is well: n1: expected health"):
        arena(Scripted()).wait_for([sick], 0)


def test_what_has_to_happen_and_does_not_is_an_error(arena: Callable[..., Arena]) -> None:
    drill = arena(Scripted(rc=5))
    with pytest.raises(MachineError, match="this did not happen: an election"):
        drill.wait("an election", 0, lambda: False)
    with pytest.raises(MachineError, match="systemctl start consul: no such unit"):
        drill.do(NODE, "systemctl", "start", "consul")


def test_who_does_not_answer_has_not_said_yes_yet(arena: Callable[..., Arena]) -> None:
    answers: Iterator[Any] = iter([NoAnswer(Finding("n1", "a word", "silence")), True])

    def asked() -> bool:
        answer = next(answers)
        if isinstance(answer, NoAnswer):
            raise answer
        return answer

    arena(Scripted()).wait("a word", 5, asked)

    def silent() -> bool:
        raise NoAnswer(Finding("n1", "a word", "silence"))

    with pytest.raises(MachineError, match="did not happen: a word: n1: expected a word"):
        arena(Scripted()).wait("a word", 0, silent)


def test_a_node_is_told_how_to_mend_itself_before_it_is_broken(arena: Callable[..., Arena]) -> None:
    runner = Scripted()
    drill = arena(runner)
    with drill.cleanup:
        Fault(drill, NODE, "break it", "mend it")
        arm, cause = (command for _, command in runner.asked)
        assert "systemd-run" in arm
        assert UNIT in arm
        assert "mend it" in arm
        assert "break it" in cause
    assert [command for _, command in runner.asked][2] == "sh -ec 'mend it'"
    assert "stop" in runner.asked[3][1]


def test_what_comes_of_a_fault_is_timed_from_the_order_on(arena: Callable[..., Arena]) -> None:
    """That it was carried out may be heard late."""
    broken: list[float] = []

    class Watched(Scripted):
        def run(self, node: str, command: str, stdin: str = "") -> Answer:
            if "break it" in command:
                broken.append(drill.now)
            return super().run(node, command, stdin)

    drill = arena(Watched())
    with drill.cleanup:
        fault = Fault(drill, NODE, "break it", "mend it")
    assert 0 < fault.since <= broken[0]


def test_what_was_mended_is_not_mended_again(arena: Callable[..., Arena]) -> None:
    runner = Scripted()
    drill = arena(runner)
    with drill.cleanup:
        fault = Fault(drill, NODE, "break it", "mend it")
        fault.mend()
        asked = len(runner.asked)
    assert len(runner.asked) == asked


def test_a_node_that_cannot_be_mended_from_here_mends_itself(arena: Callable[..., Arena]) -> None:
    runner = Scripted()
    drill = arena(runner)
    with drill.cleanup:
        Fault(drill, NODE, "break it", "mend it")
        runner.rc = 255
    told = [h.what for h in drill.told]  # type: ignore[attr-defined]
    assert "lab-node-1 mends itself within" in told[-1]


def test_a_node_that_cannot_be_told_is_not_broken(arena: Callable[..., Arena]) -> None:
    runner = Scripted(rc=1)
    with pytest.raises(MachineError):
        Fault(arena(runner), NODE, "break it", "mend it")
    assert not [command for _, command in runner.asked if "break it" in command]


def test_what_a_killed_drill_has_left_is_mended_everywhere() -> None:
    runner = Scripted()
    assert {node.name for node in mend_leftovers(ClusterView(NODES, runner))} == {
        node for node, _ in runner.asked
    }
    assert len(runner.asked) == len(NODES)
    assert mend_leftovers(ClusterView(NODES, Scripted(rc=1))) == []


LISTED = json.dumps(
    [
        {
            "Description": {"Hostname": node.name},
            "Status": {"State": "down" if node.name.endswith("2") else "ready"},
            "ManagerStatus": {"Leader": node.name.endswith("3")},
        }
        for node in NODES
    ]
)


def test_leaders_and_states_are_as_the_asked_node_sees_them() -> None:
    view = ClusterView(NODES, Scripted({"/nodes": LISTED, "status/leader": '"10.0.0.1:8300"'}))
    assert seen.swarm_leader(view, NODE) == NODES[2]
    assert seen.node_state(view, NODE, NODES[1]) == "down"
    assert seen.consul_leader(view, NODE) == NODE
    assert seen.another(seen.swarm_leader, view, NODES[:2], NODES[0]) == NODES[2]
    assert seen.another(seen.swarm_leader, view, NODES[:2], NODES[2]) is None
    silent = ClusterView(NODES, Scripted(rc=7))
    assert seen.swarm_leader(silent, NODE) is None
    assert seen.consul_leader(silent, NODE) is None


def test_who_leads_nothing_is_hit_unless_somebody_is_named(arena: Callable[..., Arena]) -> None:
    told = {"/nodes": LISTED, "status/leader": '"10.0.0.4:8300"'}
    assert victim.follower(arena(Scripted(told))) == NODES[1]
    assert victim.follower(arena(Scripted(told), hit=NODES[2])) == NODES[2]


def test_a_quorum_is_not_given_away(arena: Callable[..., Arena]) -> None:
    two = [Node(f"n{n}", f"10.0.0.{n}", "manager", "server") for n in (1, 2)]
    with pytest.raises(UsageError, match="with 2 Consul servers the loss of one"):
        victim.require_spare(arena(Scripted(), two), two[0])
    with pytest.raises(UsageError, match="has but one"):
        victim.require_spare(arena(Scripted(), two[:1]), two[0])
    worker = [two[0], Node("n2", "10.0.0.2", "worker", "client")]
    victim.require_spare(arena(Scripted(), worker), worker[1])


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("2s", 2.0), ("500ms", 0.5), ("1m30s", 90.0), ("1.5s", 1.5), ("", None), ("soon", None)],
)
def test_raft_tells_its_heartbeat_timeout(told: str, seconds: float | None) -> None:
    body = json.dumps({"DebugConfig": {"ConsulRaftHeartbeatTimeout": told}})
    view = ClusterView([NODE], Scripted({"agent/self": body}))
    assert floors.consul_heartbeat_timeout(view, NODE) == seconds
    floor = floors.consul_election(view, NODE)
    assert (floor.seconds if floor else None) == (seconds * 0.8 if seconds else None)


def test_the_swarm_s_floors_come_from_its_own_settings() -> None:
    spec = {
        "Raft": {"ElectionTick": 10, "HeartbeatTick": 1},
        "Dispatcher": {"HeartbeatPeriod": 5_000_000_000},
    }
    view = ClusterView([NODE], Scripted({"/swarm": json.dumps({"Spec": spec})}))
    assert floors.swarm_election(view, NODE).seconds == 8.0
    assert floors.node_down(view, NODE).seconds == 9.0
    assert floors.node_down_to_new_leader(view, NODE).seconds == 35.0
