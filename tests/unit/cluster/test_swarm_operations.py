"""What operations on a swarm make of what managers tell."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml

from provision.cluster.inventory_file import inventory_text
from provision.cluster.operation import Operation
from provision.cluster.swarm.autolock import KEY, KEYS_BEFORE, _not_so, keep_key
from provision.cluster.swarm.availability import _services, _unmoved
from provision.cluster.swarm.members import member, members, speaker
from provision.cluster.swarm.tokens import masked
from provision.cluster.swarm.unlocking import _not_back, _unlock
from provision.errors import UsageError
from provision.machines.driver import Endpoint
from provision.verify.probes.base import Answer, ClusterView, NoAnswer, Node

NODES = [
    Node(f"n{n}", f"10.0.0.{n}", "manager" if n < 3 else "worker", "server") for n in (1, 2, 3)
]


class Engines:
    """Nodes whose Engines answer from a table: by node, by the beginning of the path."""

    def __init__(self, answers: Mapping[str, Mapping[str, Any]]) -> None:
        self._answers = answers

    def run(self, node: str, command: str, stdin: str = "") -> Answer:
        path = command.rpartition("http://localhost")[2]
        found = [a for start, a in self._answers.get(node, {}).items() if path.startswith(start)]
        if not found:
            return Answer(7, "", "curl: (7) refused")
        return Answer(0, json.dumps(found[0]), "")


def view(**answers: Mapping[str, Any]) -> ClusterView:
    return ClusterView(NODES, Engines(answers))


def info(state: str, manager: bool) -> dict[str, Any]:
    return {"/info": {"Swarm": {"LocalNodeState": state, "ControlAvailable": manager}}}


def row(identity: str, name: str, **manager: Any) -> dict[str, Any]:
    return {
        "ID": identity,
        "Spec": {"Role": "manager" if manager else "worker", "Availability": "active"},
        "Description": {"Hostname": name},
        "Status": {"State": "ready"},
        **({"ManagerStatus": manager} if manager else {}),
    }


def task(identity: str, service: str, node: str, state: str, error: str = "") -> dict[str, Any]:
    desired = "running" if state in ("running", "pending") else "shutdown"
    status = {"State": state, **({"Err": error} if error else {})}
    return {
        "ID": identity,
        "CreatedAt": identity,
        "ServiceID": service,
        "NodeID": node,
        "DesiredState": desired,
        "Status": status,
    }


def test_the_first_manager_that_can_speaks() -> None:
    seen = view(n1=info("locked", False), n2=info("active", True), n3=info("active", False))
    assert speaker(seen).name == "n2"
    with pytest.raises(NoAnswer) as caught:
        speaker(seen, but=NODES[1])
    assert "n1 is locked (`provision swarm unlock`)" in str(caught.value)
    assert "n3 is no manager now" in str(caught.value)


def test_members_are_told_by_name_unless_a_lost_one_has_the_same() -> None:
    rows = [
        row("a", "n1", Leader=True, Reachability="reachable"),
        row("b", "n2", Reachability="unreachable"),
        row("c", "n3"),
        row("d", "n3"),
    ]
    seen = view(n1={"/nodes": rows})
    found = members(seen, NODES[0])
    assert [(each.manager, each.leader) for each in found[:3]] == [
        (True, True),
        (True, False),
        (False, False),
    ]
    assert member(seen, NODES[0], "n1").id == "a"
    with pytest.raises(UsageError, match="2 nodes called n3"):
        member(seen, NODES[0], "n3")
    with pytest.raises(UsageError, match="n9 is not in the swarm"):
        member(seen, NODES[0], "n9")


def test_a_drain_waits_for_replicas_elsewhere_and_says_why_there_are_none() -> None:
    services = {
        "/services/web": {"Spec": {"Name": "web", "Mode": {"Replicated": {"Replicas": 2}}}},
        "/services/agent": {"Spec": {"Name": "agent", "Mode": {"Global": {}}}},
    }
    before = [
        task("1", "web", "c", "running"),
        task("2", "agent", "c", "running"),
        task("3", "web", "c", "failed"),
    ]
    moving = _services(view(n1={"/tasks": before, **services}), NODES[0], "c")
    assert moving == {"web": 2, "agent": 0}
    here = "/tasks?filters=%7B%22node%22"
    after = [
        task("1", "web", "c", "shutdown"),
        task("4", "web", "a", "running"),
        task("5", "web", "", "pending", "no suitable node"),
    ]
    waiting = view(n1={here: [before[0]], "/tasks": after, **services})
    assert _unmoved(waiting, NODES[0], "c", moving) == [
        "1 tasks have not ended on it",
        "of web, 1 of 2 replicas run elsewhere (no suitable node)",
    ]
    moved = [*after[:2], task("5", "web", "b", "running")]
    assert _unmoved(view(n1={here: [], "/tasks": moved, **services}), NODES[0], "c", moving) == []


def test_a_masked_token_lets_nobody_join() -> None:
    token = "SWMTKN-1-" + "d" * 50 + "-" + "s" * 21 + "tail"
    assert masked(token) == "SWMTKN-1-ddddddddddd…tail"


def test_the_inventory_tells_availability_labels_and_autolock() -> None:
    node = Node("n1", "10.0.0.1", "manager", "server", "drain")
    text = inventory_text(
        "lab",
        None,
        [node],
        {"n1": Endpoint("10.0.0.1", "root")},
        Path("/k"),
        variables={"swarm_autolock": True},
        labels={"n1": {"zone": "b"}},
    )
    told = yaml.safe_load(text)["all"]
    assert told["vars"]["swarm_autolock"] is True
    assert told["hosts"]["n1"]["swarm_availability"] == "drain"
    assert told["hosts"]["n1"]["swarm_node_labels"] == {"zone": "b"}


def part(identity: str, state: str = "active", *, manager: bool = True) -> dict[str, Any]:
    """What a member's own Engine tells of it."""
    told = info(state, manager)
    told["/info"]["Swarm"]["NodeID"] = identity
    told["/info"]["DockerRootDir"] = "/d"
    return told


def test_who_was_there_is_back_when_the_managers_call_it_ready() -> None:
    """A new leader lists all as unknown at first, also workers that were never locked."""
    silent = row("c", "n3") | {"Status": {"State": "unknown"}}
    rows = [row("a", "n1", Leader=True, Reachability="reachable"), row("b", "n2"), silent]
    manager = part("a") | {"/nodes": rows}
    worker = part("c", manager=False)
    seen = view(n1=manager, n2=part("b", "pending"), n3=worker)
    assert [(each.node, each.found) for each in _not_back(seen, NODES)] == [
        ("n2", "state 'pending'")
    ]
    seen = view(n1=manager, n2=part("b"), n3=worker)
    assert [(each.node, each.found) for each in _not_back(seen, NODES[:2])] == [("n3", "unknown")]
    silent["Status"]["State"] = "down"  # heard of, and not the managers' business
    assert list(_not_back(seen, NODES[:2])) == []


def test_a_manager_is_back_when_the_leader_reaches_it() -> None:
    """Its own word comes seconds earlier. One that was lost may have had its name."""
    back = row("b", "n2", Reachability="unreachable")
    lost = row("x", "n2") | {"Status": {"State": "down"}}
    rows = [row("a", "n1", Leader=True, Reachability="reachable"), back, lost]
    seen = view(n1=part("a") | {"/nodes": rows}, n2=part("b"))
    assert [(each.node, each.found) for each in _not_back(seen, NODES[:2])] == [
        ("n2", "unreachable")
    ]
    back["ManagerStatus"]["Reachability"] = "reachable"
    assert list(_not_back(seen, NODES[:2])) == []


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (Answer(0, "\n200", ""), []),
        # It answers once there is a quorum, whoever waits for it; a wrong key is refused at once.
        (Answer(28, "\n000", "curl: (28) Operation timed out"), []),
        (Answer(0, '{"message": "swarm is not locked"}\n409', ""), []),  # somebody was quicker
        (Answer(0, '{"message": "could not be unlocked: invalid key"}\n400', ""), ["it does not"]),
        (Answer(7, "", "curl: (7) refused"), ["it refuses connections (is the service running?)"]),
    ],
)
def test_an_engine_that_waits_for_a_quorum_has_taken_the_key(
    answer: Answer, found: list[str]
) -> None:
    asked: list[str] = []

    class Locked:
        def run(self, node: str, command: str, stdin: str = "") -> Answer:
            asked.append(command)
            return answer

    told = _unlock(ClusterView(NODES, Locked()), NODES[0], ["SWMKEY-1-x"])
    assert [each.found for each in told] == found
    assert "SWMKEY" not in asked[0]


class Keys(Engines):
    """Two managers and a worker; some managers have their key sealed."""

    def __init__(self, *sealed: str) -> None:
        super().__init__({"n1": part("a"), "n2": part("b"), "n3": part("c", manager=False)})
        self._sealed = sealed

    def run(self, node: str, command: str, stdin: str = "") -> Answer:
        if command.startswith("grep"):
            assert command.endswith(" /d/swarm/certificates/swarm-node.key")
            return Answer(0 if node in self._sealed else 1, "", "")
        return super().run(node, command, stdin)


def test_autolock_is_on_when_every_manager_would_start_locked() -> None:
    """A worker has no such key, and who does not answer takes it up later."""
    seen = ClusterView([*NODES, Node("n4", "10.0.0.4", "manager", "server")], Keys("n1"))

    def found(locks: bool) -> list[tuple[str, str]]:
        findings = seen.each(seen.nodes, lambda node: _not_so(seen, node, locks))
        return [(each.node, each.found) for each in findings]

    assert found(True) == [("n2", "open")]
    assert found(False) == [("n1", "sealed")]


def autolocked(secrets: dict[str, str], key: str | None, other: str) -> dict[str, str]:
    """The secrets once a manager has told the key, the other one being in that state."""
    store = SimpleNamespace(read_secrets=secrets.copy, write_secrets=secrets_written.append)
    secrets_written.clear()
    work = SimpleNamespace(
        view=view(n1=info("active", manager=True), n2=info(other, manager=True)),
        module=lambda node, name, args: {"swarm_unlock_key": key},
        cluster=SimpleNamespace(store=store),
    )
    assert keep_key(cast(Operation, work)) == key
    return secrets_written[0]


secrets_written: list[dict[str, str]] = []


def test_earlier_keys_are_kept_while_a_manager_may_be_locked_with_one() -> None:
    first = autolocked({"gossip": "g"}, "K1", "active")
    assert first == {"gossip": "g", KEY: "K1"}
    rotated = autolocked(first, "K2", "")
    assert rotated == {"gossip": "g", KEY: "K2", KEYS_BEFORE: "K1"}
    again = autolocked(rotated, "K3", "active")
    assert again == {"gossip": "g", KEY: "K3", KEYS_BEFORE: "K2 K1"}
    assert autolocked(again, None, "locked") == {"gossip": "g", KEYS_BEFORE: "K3 K2 K1"}
    assert autolocked(again, None, "active") == {"gossip": "g"}
