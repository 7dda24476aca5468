"""Each probe accepts a healthy cluster, and names what is wrong with a sick one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from provision.verify.consul_tokens import ConsulTokens
from provision.verify.probes import consul, consul_security, swarm
from provision.verify.probes.base import Answer, ClusterView, Finding, Node, Probe

NODES = tuple(
    Node(f"n{i}", f"10.0.0.{i}", "manager" if i < 4 else "worker", "server" if i < 4 else "client")
    for i in (1, 2, 3, 4)
)
SERVERS = NODES[:3]
TOKENS = ConsulTokens("seed")
PROBES = (*consul.probes(TOKENS), *swarm.PROBES)


@dataclass
class Api:
    """A Runner that answers curl with canned bodies, per node and path."""

    bodies: dict[str, Any]
    overrides: dict[tuple[str, str], Any] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    stored: str = ""
    asked: list[str] = field(default_factory=list)
    unreachable: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)

    def run(self, node: str, command: str, stdin: str = "") -> Answer:
        answer = self._answer(node, command, stdin)
        asked_for_status = "%{http_code}" in command and "/dev/null" not in command
        if answer.rc or not asked_for_status or "snapshot" in command:
            return answer
        status = 403 if answer.stdout == "ACL not found" else 200
        return answer._replace(stdout=f"{answer.stdout}\n{status}")

    def _answer(self, node: str, command: str, stdin: str) -> Answer:
        if node in self.unreachable:
            return Answer(255, "", "no answer")
        if node in self.silent:
            return Answer(7, "", "curl: (7) connection refused")
        if "/v1/kv/provision/probe/nobody" in command:
            verb = "write" if "PUT" in command else "read"
            return Answer(0, str(self._body(node, f"nobody may {verb}")), "")
        if "/v1/kv/" in command:
            return self._kv(node, command)
        if "/v1/snapshot" in command:
            return Answer(0, str(self._body(node, "snapshot")), "")
        if command.startswith("python3"):
            body = self._body(node, _question(command))
            return Answer(0, body if isinstance(body, str) else json.dumps(body), "")
        if "/v1/acl/token/self" in command and stdin not in self.known:
            return Answer(0, "ACL not found", "")
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
            self.stored = command.split("--data ")[1].split(maxsplit=1)[0]
            return Answer(0, "true", "")
        return Answer(0, self.overrides.get((node, "kv"), self.stored), "")


def _question(command: str) -> str:
    """Which of the probes' programs runs on the node."""
    if " 8300" in command:
        return "rpc"
    return "https" if " 8501 " in command else "dns"


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
            "rpc": "refused",
            "https": {"open": False, "days": 200.0, "names": []},
            "nobody may read": "403",
            "nobody may write": "403",
            "snapshot": "ID  2-7-1\nSize  2345\nIndex  7\n",
            "/v1/acl/token/self": {"Description": "provision: agent"},
            "/v1/internal/acl/authorize": [{"Resource": "node", "Allow": True}],
            "dns": "10.0.0.3\n10.0.0.1\n10.0.0.2\n",
            "/nodes": rows,
            "/configs/create": {"ID": "abc"},
            "/networks/services": {"Driver": "overlay", "Scope": "swarm", "Attachable": True},
        }
    )
    for node in NODES:
        api.known.add(f'header = "X-Consul-Token: {TOKENS.agent(node.name)}"\n')
        manages = node.swarm == "manager"
        member: dict[str, Any] = {
            "LocalNodeState": "active",
            "NodeID": f"id-{node.name}",
            "Error": "",
        }
        member |= {"ControlAvailable": manages, "Cluster": {"ID": "c1"} if manages else {}}
        api.overrides[node.name, "/info"] = {"Swarm": member}
    return api


def found(probe: Probe, api: Api) -> list[Finding]:
    return probe.findings(ClusterView(NODES, api, TOKENS))


@pytest.mark.parametrize("probe", PROBES, ids=lambda p: p.name)
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


def _plain_rpc_answered(api: Api) -> None:
    api.overrides["n2", "rpc"] = "answered"


def _https_open(api: Api) -> None:
    api.overrides["n3", "https"] = {"open": True, "days": 200.0}


def _https_expires(api: Api) -> None:
    api.overrides["n3", "https"] = {"open": False, "days": 3.2}


def _https_closed(api: Api) -> None:
    api.overrides["n1", "https"] = {"closed": True}


def _nobody_writes(api: Api) -> None:
    api.overrides["n4", "nobody may write"] = "200"


def _agent_without_token(api: Api) -> None:
    api.known = {line for line in api.known if TOKENS.agent("n4") not in line}


def _agent_may_not_register(api: Api) -> None:
    api.overrides["n2", "/v1/internal/acl/authorize"] = [{"Resource": "node", "Allow": False}]


def _snapshot_broken(api: Api) -> None:
    api.bodies["snapshot"] = ""


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
        (consul.snapshot, _snapshot_broken, "n1", "found nothing"),
        (consul_security.plain_rpc, _plain_rpc_answered, "n2", "answered"),
        (consul_security.https, _https_open, "n3", "it answered"),
        (consul_security.https, _https_expires, "n3", "3 days"),
        (consul_security.https, _https_closed, "n1", "nothing listens"),
        (consul_security.acl, _nobody_writes, "n4", "write a key; found status 200"),
        (consul_security.tokens, _agent_without_token, "n4", "HTTP status 403: ACL not found"),
        (consul_security.tokens, _agent_may_not_register, "n2", "one that may not"),
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


@pytest.mark.parametrize("probe", PROBES, ids=lambda p: p.name)
def test_silent_nodes_are_findings_not_errors(probe: Probe) -> None:
    api = healthy()
    api.silent = {node.name for node in NODES}
    findings = found(probe, api)
    assert findings
    assert "refuse" in " ".join(map(str, findings))
    scripts = (consul.dns, consul.snapshot, consul_security.plain_rpc, consul_security.https)
    assert probe in scripts or "curl: (7)" not in " ".join(map(str, findings))


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


def test_a_cluster_without_tls_and_acls_is_not_asked_for_them() -> None:
    assert consul.probes(None) == consul.PROBES
    api = healthy()
    assert consul.leader.findings(ClusterView(NODES, api)) == []
    assert not any("--config" in command for command in api.asked)


def test_tokens_are_on_no_command_line() -> None:
    api = healthy()
    for probe in consul.probes(TOKENS):
        found(probe, api)
    every = " ".join(api.asked)
    for secret in (TOKENS.management, TOKENS.operator, TOKENS.agent("n1"), "seed"):
        assert secret not in every
    assert "--config -" in every


def test_managers_that_name_different_leaders_are_two_swarms() -> None:
    api = healthy()
    other = json.loads(json.dumps(api.bodies["/nodes"]))
    for row in other:
        if row["ManagerStatus"]:
            row["ManagerStatus"]["Leader"] = row["Description"]["Hostname"] == "n3"
    api.overrides["n3", "/nodes"] = other
    (finding,) = found(swarm.nodes, api)
    assert finding.found == "n1 says n2, n2 says n2, n3 says n3"
    assert "provision recover manager" in finding.hint
