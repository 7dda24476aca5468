"""Each probe accepts a healthy cluster, and names what is wrong with a sick one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from provision.verify.probes import consul, swarm
from provision.verify.probes.base import Answer, ClusterView, Finding, Node, Probe

NODES = tuple(
    Node(f"n{i}", f"10.0.0.{i}", "manager" if i < 4 else "worker", "server" if i < 4 else "client")
    for i in (1, 2, 3, 4)
)
SERVERS = NODES[:3]


@dataclass
class Api:
    """A Runner that answers curl with canned bodies, per node and path."""

    bodies: dict[str, Any]
    overrides: dict[tuple[str, str], Any] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    stored: str = ""
    asked: list[str] = field(default_factory=list)
    unreachable: set[str] = field(default_factory=set)

    def run(self, node: str, command: str) -> Answer:
        if node in self.unreachable:
            return Answer(255, "", "no answer")
        if node in self.silent:
            return Answer(7, "", "curl: (7) connection refused")
        if "/v1/kv/" in command:
            return self._kv(node, command)
        if command.startswith("python3"):
            return Answer(0, str(self._body(node, "dns")), "")
        found = re.search(r"http://[^/ ]+(/[^ ']*)'?$", command)
        assert found, command
        self.asked.append(command)
        body = self._body(node, found[1])
        return Answer(0, body if isinstance(body, str) else json.dumps(body), "")

    def _body(self, node: str, path: str) -> Any:
        return self.overrides.get((node, path), self.bodies.get(path, {}))

    def _kv(self, node: str, command: str) -> Answer:
        self.asked.append(command)
        if "?keys" in command:
            return Answer(0, json.dumps(self.bodies.get("keys", [])), "")
        if "DELETE" in command:
            return Answer(0, "true", "")
        if "PUT" in command:
            self.stored = command.split("--data ")[1].split()[0]
            return Answer(0, "true", "")
        return Answer(0, self.overrides.get((node, "kv"), self.stored), "")


def healthy() -> Api:
    rows = [
        {
            "ID": f"id-{node.name}",
            "Description": {"Hostname": node.name},
            "Status": {"State": "ready"},
            "Spec": {"Role": node.swarm, "Availability": "active"},
            "ManagerStatus": {"Reachability": "reachable", "Leader": node.name == "n2"}
            if node.swarm == "manager"
            else None,
        }
        for node in NODES
    ]
    api = Api(
        {
            "/v1/status/leader": '"10.0.0.2:8300"',
            "/v1/operator/autopilot/health": {
                "FailureTolerance": 1,
                "Servers": [
                    {"Name": n.name, "Healthy": True, "Voter": True, "LastTerm": 3} for n in SERVERS
                ],
            },
            "/v1/operator/raft/configuration": {
                "Servers": [
                    {
                        "Node": n.name,
                        "Address": f"{n.address}:8300",
                        "Voter": True,
                        "Leader": n.name == "n2",
                    }
                    for n in SERVERS
                ]
            },
            "/v1/agent/members": [{"Name": n.name, "Addr": n.address, "Status": 1} for n in NODES],
            "/v1/operator/keyring": [{"WAN": False, "NumNodes": 4, "Keys": {"k": 4}}],
            "dns": "10.0.0.3\n10.0.0.1\n10.0.0.2\n",
            "/nodes": rows,
            "/configs/create": {"ID": "abc"},
            "/networks/services": {"Driver": "overlay", "Scope": "swarm", "Attachable": True},
        }
    )
    for node in NODES:
        manages = node.swarm == "manager"
        member = {"LocalNodeState": "active", "NodeID": f"id-{node.name}", "Error": ""}
        member |= {"ControlAvailable": manages, "Cluster": {"ID": "c1"} if manages else {}}
        api.overrides[node.name, "/info"] = {"Swarm": member}
    return api


def found(probe: Probe, api: Api) -> list[Finding]:
    return probe.findings(ClusterView(NODES, api))


@pytest.mark.parametrize("probe", [*consul.PROBES, *swarm.PROBES], ids=lambda p: p.name)
def test_healthy_cluster_has_no_findings(probe: Probe) -> None:
    assert found(probe, healthy()) == []


def _leaderless(api: Api) -> None:
    api.bodies["/v1/status/leader"] = '""'


def _split_leaders(api: Api) -> None:
    api.overrides["n1", "/v1/status/leader"] = '"10.0.0.1:8300"'


def _unhealthy_server(api: Api) -> None:
    api.bodies["/v1/operator/autopilot/health"]["Servers"][2]["Healthy"] = False


def _foreign_peer(api: Api) -> None:
    servers = api.bodies["/v1/operator/raft/configuration"]["Servers"]
    servers.append({"Node": "x9", "Address": "10.0.0.9:8300", "Voter": True, "Leader": False})


def _dead_member(api: Api) -> None:
    api.bodies["/v1/agent/members"][3]["Status"] = 4


def _stale_read(api: Api) -> None:
    api.overrides["n3", "kv"] = "old"


def _dns_short(api: Api) -> None:
    api.overrides["n4", "dns"] = "10.0.0.1\n"


def _two_keys(api: Api) -> None:
    api.bodies["/v1/operator/keyring"][0]["Keys"] = {"k": 3, "l": 1}


def _left_swarm(api: Api) -> None:
    api.overrides["n3", "/info"]["Swarm"] = {"LocalNodeState": "inactive", "NodeID": ""}


def _other_swarm(api: Api) -> None:
    api.overrides["n3", "/info"]["Swarm"]["Cluster"] = {"ID": "c2"}


def _stale_duplicate(api: Api) -> None:
    api.bodies["/nodes"].append(dict(api.bodies["/nodes"][0], ID="old"))


def _node_down(api: Api) -> None:
    api.bodies["/nodes"][3]["Status"]["State"] = "down"


def _drained(api: Api) -> None:
    api.bodies["/nodes"][1]["Spec"]["Availability"] = "drain"


def _not_attachable(api: Api) -> None:
    api.bodies["/networks/services"]["Attachable"] = False


@pytest.mark.parametrize(
    ("probe", "break_it", "node", "words"),
    [
        (consul.leader, _leaderless, "n1", "no leader"),
        (consul.leader, _split_leaders, "cluster", "several"),
        (consul.autopilot, _unhealthy_server, "n3", "Healthy=False"),
        (consul.peers, _foreign_peer, "x9", "a peer at 10.0.0.9:8300"),
        (consul.members, _dead_member, "n1", "n4 alive in Consul"),
        (consul.kv, _stale_read, "n3", "'old'"),
        (consul.dns, _dns_short, "n4", "10.0.0.1"),
        (consul.encryption, _two_keys, "cluster", "2 keys"),
        (swarm.active, _left_swarm, "n3", "state 'inactive'"),
        (swarm.identity, _left_swarm, "n3", "in no swarm"),
        (swarm.identity, _other_swarm, "cluster", "n3 is in c2"),
        (swarm.identity, _stale_duplicate, "n1", "2 entries"),
        (swarm.nodes, _node_down, "n1", "n4 ready; found down"),
        (swarm.nodes, _drained, "n1", "drain"),
        (swarm.network, _not_attachable, "cluster", "False"),
    ],
)
def test_sick_cluster_is_named(
    probe: Probe, break_it: Callable[[Api], None], node: str, words: str
) -> None:
    api = healthy()
    break_it(api)
    findings = found(probe, api)
    assert any(f.node == node and words in str(f) for f in findings), [str(f) for f in findings]


@pytest.mark.parametrize("probe", [*consul.PROBES, *swarm.PROBES], ids=lambda p: p.name)
def test_silent_nodes_are_findings_not_errors(probe: Probe) -> None:
    api = healthy()
    api.silent = {node.name for node in NODES}
    findings = found(probe, api)
    assert findings
    assert "refuse" in " ".join(map(str, findings))
    assert "curl: (7)" not in " ".join(str(f) for f in findings if probe is not consul.dns)


def test_settle_gives_up_with_the_last_findings_and_returns_at_once_when_well() -> None:
    api = healthy()
    view = ClusterView(NODES, api)
    assert consul.leader.settle(view, timeout=60) == []
    _leaderless(api)
    assert consul.leader.settle(view, timeout=0)


def test_a_node_that_cannot_be_asked_is_no_stranger_in_the_swarm() -> None:
    api = healthy()
    api.unreachable = {"n4"}
    findings = found(swarm.identity, api)
    assert [f.node for f in findings] == ["n4"]
    assert findings[0].unreachable


def test_gossip_encryption_is_not_proven_without_a_declared_node() -> None:
    api = healthy()
    api.bodies["/v1/operator/keyring"] = [{"WAN": False, "NumNodes": 3, "Keys": {"k": 3}}]
    assert "1 key, held by 3 of 3 nodes" in str(found(consul.encryption, api)[0])


def test_stale_probe_configs_are_removed_and_young_ones_left() -> None:
    api = healthy()
    api.overrides["n1", "/info"]["SystemTime"] = "2026-01-01T12:10:00.123456789Z"
    wanted = "/configs?filters=%7B%22label%22%3A%20%5B%22provision.probe%22%5D%7D"
    api.bodies[wanted] = [
        {"ID": "old", "CreatedAt": "2026-01-01T12:00:00.1Z"},
        {"ID": "young", "CreatedAt": "2026-01-01T12:09:00Z"},
    ]
    assert found(swarm.write, api) == []
    deleted = [command.rsplit("/", 1)[1] for command in api.asked if "DELETE" in command]
    assert deleted == ["old", "abc"]


def test_stale_probe_keys_are_removed_and_young_ones_left() -> None:
    api = healthy()
    api.bodies["keys"] = ["provision/probe/1000-old", "provision/probe/99999999999-new"]
    assert found(consul.kv, api) == []
    deleted = [command for command in api.asked if "DELETE" in command]
    assert any("1000-old" in command for command in deleted)
    assert not any("99999999999-new" in command for command in deleted)


def test_findings_are_one_plain_line() -> None:
    assert "\n" not in str(Finding("n1", "peace", "many\n  lines"))
    findings = found(consul.leader, Api({}, silent={"n1"}))
    assert str(findings[0]).endswith("found it refuses connections (is the service running?)")
