"""The main job on three real nodes: up, bootstrap, verify; broken, repaired, grown, removed.

One cluster goes through all of it, in this order.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
import pytest
import yaml

from provision.verify.consul_tokens import ConsulTokens
from tests.integration.cluster.conftest import CommandLine

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]


def changes(output: str) -> int:
    """The sum of ``changed=`` in the recaps of a run's output."""
    return sum(
        int(word.removeprefix("changed=")) for word in output.split() if word.startswith("changed=")
    )


def test_verify_proves_the_cluster_and_reports(cluster: CommandLine) -> None:
    junit = cluster.folder / "reports" / "verify.xml"
    proofs = cluster.verify("--junit", str(junit))
    assert len(proofs) > 20
    assert not any(proofs.values())
    suite = ET.parse(junit).getroot().find("testsuite")
    assert suite is not None
    assert int(suite.get("tests", "0")) == len(proofs)
    assert suite.get("failures") == "0"


def test_every_node_is_reached_by_name_with_plain_ssh(cluster: CommandLine) -> None:
    for number in (1, 2, 3):
        assert cluster.on(number, "hostname").strip() == cluster.node(number)


def test_swarm_has_three_ready_managers(cluster: CommandLine) -> None:
    rows = cluster.on(1, "docker node ls --format '{{.Status}} {{.ManagerStatus}}'").splitlines()
    assert sorted(rows) == ["Ready Leader", "Ready Reachable", "Ready Reachable"]


def test_consul_has_three_voters_and_shares_keys(cluster: CommandLine) -> None:
    rows = cluster.run("consul", "run", "operator", "raft", "list-peers").stdout.splitlines()[1:]
    assert len(rows) == 3
    assert sum(" leader " in row for row in rows) == 1
    assert all(" true " in row for row in rows)
    value = uuid.uuid4().hex
    cluster.run("consul", "run", "kv", "put", "test/key", value)
    for number in ("2", "3"):
        read = cluster.run("consul", "run", "--node", number, "kv", "get", "test/key")
        assert read.stdout.strip() == value


def test_consul_ui_answers_through_a_tunnel_and_not_on_the_network(cluster: CommandLine) -> None:
    address = json.loads(cluster.run("inventory", "--host", cluster.node(1)).stdout)["ansible_host"]
    with pytest.raises(OSError), socket.create_connection((address, 8500), timeout=3):
        pass
    with (
        _tunnel(cluster, 8500) as port,
        urllib.request.urlopen(f"http://127.0.0.1:{port}/ui/", timeout=10) as page,
    ):
        assert page.status == 200
        assert b"Consul" in page.read()


@contextmanager
def _tunnel(cluster: CommandLine, remote: int) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = str(cluster.state / "ssh_config")
    forward = f"127.0.0.1:{port}:127.0.0.1:{remote}"
    client = subprocess.Popen(["ssh", "-F", config, "-N", "-L", forward, cluster.node(1)])
    deadline = time.monotonic() + 60
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, "ssh opens no tunnel"
                time.sleep(0.1)
        yield port
    finally:
        client.terminate()
        client.wait()


def test_nothing_changes_the_second_time(cluster: CommandLine) -> None:
    again = cluster.run("bootstrap")
    assert "changed=" in again.stdout
    assert changes(again.stdout) == 0
    again = cluster.run("up")
    assert changes(again.stdout) == 0


def test_secrets_are_private_and_not_in_the_output(cluster: CommandLine) -> None:
    secrets = cluster.state / "group_vars" / "all" / "secrets.yml"
    assert secrets.stat().st_mode & 0o077 == 0
    assert cluster.state.stat().st_mode & 0o077 == 0
    known = yaml.safe_load(secrets.read_text())
    key, seed = known["consul_gossip_key"], known["consul_acl_seed"]
    tokens = ConsulTokens(seed)
    token = cluster.on(1, "docker swarm join-token -q manager").strip()
    output = cluster.run("bootstrap", "-vvv")
    own = (key, seed, tokens.management, tokens.operator, tokens.agent(cluster.node(1)))
    for secret in (*own, token):
        assert secret not in output.stdout + output.stderr


def test_status_is_healthy(cluster: CommandLine) -> None:
    found = cluster.healthy()
    assert [node["swarm"] for node in found["nodes"]] == ["manager"] * 3


def test_a_stopped_consul_server_is_said(cluster: CommandLine) -> None:
    name = cluster.node(2)
    cluster.on(2, "systemctl stop consul")
    try:
        proofs = cluster.verify("-k", "consul", expect=2)
        failed = {proof: message for proof, message in proofs.items() if message}
        service = failed[f"consul: service runs and starts at boot [{name}]"]
        assert f"{name}: expected service consul running; found it is not" in service
        assert f"{name}" in failed["consul: members"]
        assert cluster.run("status", expect=2).stdout.count("FAIL") > 0
    finally:
        cluster.on(2, "systemctl start consul")
    cluster.proven("-k", "consul")


def test_a_node_that_left_the_swarm_is_said_and_brought_back(cluster: CommandLine) -> None:
    name = cluster.node(3)
    cluster.on(3, "docker swarm leave --force")
    proofs = cluster.verify("-k", "swarm", expect=2)
    message = proofs["swarm: active"]
    assert f"{name}: expected an active swarm node; found state 'inactive'" in message
    cluster.run("bootstrap", "swarm")
    assert not any(cluster.verify("-k", "swarm").values())


def test_a_killed_dockerd_is_said(cluster: CommandLine) -> None:
    name = cluster.node(2)
    cluster.on(2, "systemctl stop docker.socket docker.service")
    try:
        proofs = cluster.verify("-k", "docker", expect=2)
        message = proofs[f"docker: engine answers [{name}]"]
        assert f"{name}: expected the Engine to answer" in message
        healthy = proofs[f"docker: engine answers [{cluster.node(1)}]"]
        assert healthy == ""
    finally:
        cluster.on(2, "systemctl start docker")
    cluster.proven()


def test_a_lost_first_node_is_made_again_and_rejoins(cluster: CommandLine) -> None:
    """Node 1 was where the swarm began; nothing may depend on it."""
    engine = docker.from_env()
    before = cluster.on(2, "docker info --format '{{.Swarm.Cluster.ID}}'")
    engine.containers.get(cluster.node(1)).remove(force=True, v=True)
    for volume in engine.volumes.list(filters={"name": cluster.node(1)}):
        volume.remove(force=True)
    cluster.run("up")
    cluster.run("bootstrap")
    assert not any(cluster.verify().values())
    assert cluster.on(1, "docker info --format '{{.Swarm.Cluster.ID}}'") == before


def test_a_killed_up_is_completed_and_the_cluster_grows(cluster: CommandLine) -> None:
    growing = subprocess.Popen(
        [sys.executable, "-m", "provision", "--cluster", cluster.cluster, "up", "--nodes", "5"],
        cwd=cluster.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    engine = docker.from_env()
    deadline = time.monotonic() + 120
    fourth: dict[str, Any] = {"name": cluster.node(4)}
    while not engine.containers.list(all=True, filters=fourth, ignore_removed=True):
        assert time.monotonic() < deadline, "no fourth machine is made"
        time.sleep(0.1)
    os.kill(growing.pid, signal.SIGKILL)
    growing.wait()
    cluster.run("up", "--nodes", "5")
    cluster.run("bootstrap")
    assert not any(cluster.verify().values())
    roles = cluster.on(1, "docker node ls --format '{{.ManagerStatus}}'").split("\n")
    assert sum(bool(role) for role in roles) == 3
    assert len([role for role in roles if not role]) >= 2
    assert len(cluster.nodes) == 5


def test_down_leaves_nothing(cluster: CommandLine) -> None:
    engine = docker.from_env()
    label: dict[str, Any] = {"label": f"provision.cluster={cluster.cluster}"}
    assert engine.containers.list(all=True, filters=label)
    cluster.run("down", "--yes")
    assert not engine.containers.list(all=True, filters=label)
    assert not engine.networks.list(filters=label)
    assert not engine.volumes.list(filters=label)
    assert not cluster.state.exists()
    refused = cluster.run("status", expect=2)
    assert "there is no cluster" in refused.stderr


def test_an_empty_folder_suffices(tmp_path: Path) -> None:
    """The commands say what to do where there is nothing yet."""
    empty = CommandLine(tmp_path, "nothing")
    for command in ("bootstrap", "verify", "status", "down"):
        refused = empty.run(command, expect=2)
        assert "`provision --cluster nothing up`" in refused.stderr
