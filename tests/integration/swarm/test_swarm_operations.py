"""A formed swarm is operated and changes its shape; the cluster goes through all of it in order."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.cluster.conftest import CommandLine

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1200)]

KEEPS = "--endpoint-mode dnsrr --no-resolve-image --stop-grace-period=1s --network services"
"""What lets a service run in a kernel without IPVS, and from an image that no registry has."""


def nodes(lab: CommandLine) -> dict[int, dict[str, Any]]:
    """What `node ls` tells of each node, by number."""
    rows = json.loads(lab.run("node", "ls", "--json").stdout)
    return {int(row["name"].rpartition("-")[2]): row for row in rows}


def tokens(lab: CommandLine, *options: str) -> dict[str, str]:
    told: dict[str, str] = json.loads(
        lab.run("swarm", "tokens", "--json", *options, timeout=120).stdout
    )["tokens"]
    return told


def running(lab: CommandLine, service: str) -> list[int]:
    """The nodes that a service's replicas run on, by number, one entry a replica."""
    listed = lab.on(
        1, f"docker service ps --filter desired-state=running --format '{{{{.Node}}}}' {service}"
    )
    return sorted(int(name.rpartition("-")[2]) for name in listed.split())


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 300
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.5)


def raft_peers(lab: CommandLine) -> list[int]:
    listed = lab.run("consul", "run", "operator", "raft", "list-peers").stdout.splitlines()[1:]
    return sorted(int(line.split()[0].rpartition("-")[2]) for line in listed)


def members(lab: CommandLine) -> list[int]:
    """All that Consul lists, whatever their state."""
    listed = lab.run("consul", "run", "members").stdout.splitlines()[1:]
    return sorted(int(line.split()[0].rpartition("-")[2]) for line in listed)


def test_tokens_are_shown_only_when_asked_and_rotate_one_by_one(lab: CommandLine) -> None:
    before = tokens(lab, "--show")
    assert lab.on(1, "docker swarm join-token -q worker").strip() == before["worker"]
    masked = lab.run("swarm", "tokens").stdout
    assert not any(token in masked for token in before.values())
    told = lab.run("swarm", "rotate-tokens", "worker").stdout
    after = tokens(lab, "--show")
    assert after["worker"] != before["worker"]
    assert after["manager"] == before["manager"]
    assert after["worker"] not in told


def test_another_ca_reaches_every_node(lab: CommandLine) -> None:
    before = tokens(lab, "--show")
    told = lab.run("swarm", "rotate-ca").stdout
    assert "4 of 4 nodes have a certificate of it" in told
    after = tokens(lab, "--show")
    digest = {token.split("-")[2] for token in (*before.values(), *after.values())}
    assert len(digest) == 2
    listed = lab.on(1, "docker node inspect $(docker node ls -q)")
    assert len({node["Description"]["TLSInfo"]["TrustRoot"] for node in json.loads(listed)}) == 1


def test_a_drained_node_has_no_tasks_and_stays_drained(lab: CommandLine) -> None:
    lab.on(
        1, f"docker service create -q --name web --replicas 4 {KEEPS} provision/probe:1 sleep 1d"
    )
    assert 4 in running(lab, "web")
    lab.run("node", "drain", "4")
    assert 4 not in running(lab, "web")
    assert len(running(lab, "web")) == 4
    assert nodes(lab)[4]["tasks"] == 0
    lab.run("bootstrap", "swarm")
    assert nodes(lab)[4]["availability"] == "drain"
    probes = json.loads(lab.run("status", "--json", expect=None).stdout)["probes"]
    assert [probe["findings"] for probe in probes if probe["name"] == "swarm.nodes"] == [[]]
    lab.run("node", "activate", "4")
    assert nodes(lab)[4]["availability"] == "active"


def test_what_has_nowhere_else_to_run_is_named(lab: CommandLine) -> None:
    lab.run("node", "label", "4", "disk=ssd", "zone=b")
    lab.run("node", "label", "4", "--remove", "zone")
    assert nodes(lab)[4]["labels"] == {"disk": "ssd"}
    pinned = "--constraint node.labels.disk==ssd"
    lab.on(1, f"docker service create -q --name pinned {pinned} {KEEPS} provision/probe:1 sleep 1d")
    # Long enough for a busy leader to find out that there is no node for it.
    refused = lab.run("node", "drain", "4", "--timeout", "12", expect=1)
    assert "of pinned, 0 of 1 replicas run elsewhere (no suitable node" in refused.stderr
    lab.run("node", "activate", "4")
    lab.on(1, "docker service rm pinned")


def test_managers_are_drained_and_certificates_last_as_the_bootstrap_says(lab: CommandLine) -> None:
    lab.run("bootstrap", "swarm", "--drain-managers", "-e", "swarm_certificate_hours=720")
    assert [row["availability"] for row in nodes(lab).values()] == ["drain"] * 3 + ["active"]
    until(lambda: set(running(lab, "web")) == {4}, "all replicas run on the worker")
    valid = lab.on(1, "docker info --format '{{.Swarm.Cluster.Spec.CAConfig.NodeCertExpiry}}'")
    assert valid.strip() == "720h0m0s"
    lab.run("bootstrap", "swarm", "--no-drain-managers")
    assert {row["availability"] for row in nodes(lab).values()} == {"active"}


def test_a_promoted_node_is_manager_and_consul_server_until_demoted(lab: CommandLine) -> None:
    lab.run("node", "promote", "4")
    assert nodes(lab)[4]["swarm"] == "manager"
    assert raft_peers(lab) == [1, 2, 3, 4]
    leader = next(number for number, row in nodes(lab).items() if row["swarm"] == "leader")
    told = lab.run("node", "demote", str(leader)).stdout
    assert "3 of 4 managers would remain: 1 failure tolerated" in told
    assert nodes(lab)[leader]["swarm"] == "worker"
    assert nodes(lab)[leader]["consul"] == "client, alive"
    assert len(raft_peers(lab)) == 3
    lab.run("node", "promote", str(leader))
    lab.run("node", "demote", "4")
    assert raft_peers(lab) == [1, 2, 3]


def test_a_quorum_is_not_broken(lab: CommandLine) -> None:
    refused = lab.run("node", "demote", "3", expect=2).stderr
    assert "2 of 3 managers would remain: no further failure tolerated" in refused
    assert nodes(lab)[3]["swarm"] != "worker"
    unasked = lab.run("up", "--nodes", "3", expect=2)
    assert "--yes" in unasked.stderr
    assert set(nodes(lab)) == {1, 2, 3, 4}


def test_locked_managers_are_unlocked(lab: CommandLine) -> None:
    lab.run("swarm", "autolock", "on")
    secrets = lab.state / "group_vars" / "all" / "secrets.yml"
    assert "swarm_unlock_key: SWMKEY-1-" in secrets.read_text()
    assert secrets.stat().st_mode & 0o777 == 0o600
    for number in (2, 3):  # two of three: nobody is left who could tell the key
        lab.on(number, "systemctl restart docker")
    locked = "docker info --format '{{.Swarm.LocalNodeState}}'"
    assert lab.on(2, locked).strip() == "locked"
    key = lab.run("swarm", "unlock").stdout
    assert "SWMKEY" not in key
    assert {row["state"] for row in nodes(lab).values()} == {"ready"}
    assert lab.run("swarm", "unlock").stdout.strip() == "no node is locked"
    before = lab.run("swarm", "unlock-key", "--show").stdout
    assert lab.run("swarm", "unlock-key", "--rotate", "--show").stdout != before
    lab.run("swarm", "autolock", "off")
    assert "swarm_unlock_key" not in secrets.read_text()


def test_a_plan_touches_nothing(lab: CommandLine) -> None:
    before = (lab.state / "state.json").read_bytes()
    planned = json.loads(lab.run("plan", "--nodes", "3", "--json").stdout)
    assert [(each["change"], each["node"]) for each in planned["changes"]] == [
        ("remove", lab.node(4))
    ]
    lab.run("plan", "--nodes", "5", "--managers", "5", "--exit-on-change", expect=3)
    assert (lab.state / "state.json").read_bytes() == before
    assert "nothing would change" in lab.run("plan").stdout


def test_a_shrunk_cluster_is_completed_after_a_kill(lab: CommandLine) -> None:
    command = [sys.executable, "-m", "provision", "--cluster", lab.cluster]
    process = subprocess.Popen(
        [*command, "up", "--nodes", "3", "--yes"],
        cwd=lab.folder,
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ, NO_COLOR="1", PYTHONUNBUFFERED="1"),
    )
    assert process.stdout is not None
    for line in process.stdout:
        if f"{lab.node(4)}: out of the swarm" in line:
            process.send_signal(signal.SIGKILL)
            break
    process.wait()
    assert lab.node(4) in lab.nodes
    lab.run("up", "--nodes", "3", "--yes")
    assert set(nodes(lab)) == {1, 2, 3}
    assert members(lab) == raft_peers(lab) == [1, 2, 3]
    catalog = lab.run("consul", "run", "catalog", "nodes").stdout
    assert lab.node(4) not in catalog
    made = subprocess.run(
        ["docker", "ps", "-aq", "--filter", f"name=^{lab.node(4)}$"], capture_output=True, text=True
    )
    assert made.stdout == ""
    until(lambda: len(running(lab, "web")) == 4, "all replicas run on those that are left")


def test_a_replaced_manager_is_another_machine_with_its_name_role_and_labels(
    lab: CommandLine,
) -> None:
    lab.run("node", "label", "3", "rack=7")
    identity = "docker node inspect --format '{{.ID}}' " + lab.node(3)
    before = lab.on(1, identity)
    lab.run("node", "replace", "3", "--yes")
    assert lab.on(1, identity) != before
    row = nodes(lab)[3]
    assert (row["swarm"], row["state"], row["labels"]) == ("manager", "ready", {"rack": "7"})
    assert members(lab) == raft_peers(lab) == [1, 2, 3]


def test_in_the_end_all_is_proven(lab: CommandLine) -> None:
    assert not any(lab.verify().values())
