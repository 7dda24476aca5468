"""Prometheus on real nodes: set up, all targets seen, alerts that fire and rest again, and nobody
else who gets metrics. One cluster goes through all of it, in this order."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from provision.agent import kernel
from provision.resources import resource
from tests.compat import ansible_venv
from tests.integration.cluster.conftest import CommandLine

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1200)]

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """Three nodes, formed; removed afterwards whatever happened."""
    made = CommandLine(tmp_path_factory.mktemp("workspace"), f"m{uuid.uuid4().hex[:6]}")
    options = ("--nodes", "3", "--cpus", "1", "--memory", "1024", "--driver", "docker")
    try:
        said = made.run("up", *options, timeout=900)
        (made.folder / "up.log").write_text(said.stdout)
        said = made.run("bootstrap", timeout=900)
        (made.folder / "bootstrap.log").write_text(said.stdout)
        yield made
    finally:
        if made.state.exists():
            made.run("down", "--yes", expect=None)


def status(lab: CommandLine, expect: int | None = 0) -> dict[str, Any]:
    return dict(json.loads(lab.run("monitoring", "status", "--json", expect=expect).stdout))


def firing(lab: CommandLine) -> set[tuple[str, str]]:
    return {
        (alert["name"], alert["node"].removeprefix(f"{lab.cluster}-"))
        for alert in status(lab, expect=None)["alerts"]
        if alert["state"] == "firing"
    }


def wait(holds: Callable[[], bool]) -> bool:
    """Alerts have to last for a minute, and an emulated or busy machine takes several."""
    for _ in range(150):
        if holds():
            return True
        time.sleep(3)
    return False


def query(lab: CommandLine, expression: str) -> list[dict[str, Any]]:
    command = (
        f"curl -s --get --data-urlencode 'query={expression}' http://127.0.0.1:9090/api/v1/query"
    )
    return list(json.loads(lab.on(1, command))["data"]["result"])


def test_what_the_kernel_lacks_is_said_once(lab: CommandLine) -> None:
    up, bootstrap = ((lab.folder / f"{n}.log").read_text() for n in ("up", "bootstrap"))
    lacking = [feature.name for feature in kernel.lacking()]
    assert re.findall(r"^warning: the kernel of .* lacks (.*?):", up, re.MULTILINE) == lacking
    assert "lacks" not in bootstrap
    doctor = lab.run("doctor", expect=None).stdout
    assert doctor.count(f"nodes of cluster {lab.cluster}: ") == max(len(lacking), 1)


def test_it_is_refused_where_it_is_not_declared(lab: CommandLine) -> None:
    assert "has no monitoring" in lab.run("monitoring", "status", expect=2).stderr
    refused = lab.run("play", str(resource("playbooks", "monitoring.yml")), expect=2)
    assert "set `monitoring: true` in group_vars/all" in refused.stdout
    assert "changed=0" in refused.stdout


def test_every_target_is_up(lab: CommandLine) -> None:
    lab.run("monitoring", "install", "1", timeout=900)
    found = status(lab)
    assert found["prometheus"] == lab.node(1)
    assert found["targets"] == {
        lab.node(n): {"node": "", "docker": "", "consul": ""} for n in (1, 2, 3)
    }
    assert len(query(lab, "provision_certificate_not_after_seconds > time()")) == 3 * 5
    assert [row["value"][1] for row in query(lab, 'max(swarm_manager_nodes{state="ready"})')] == [
        "3"
    ]
    named = json.loads(lab.on(2, "curl -s http://127.0.0.1:8500/v1/catalog/service/node-metrics"))
    assert {row["Node"] for row in named} == set(lab.nodes)


def test_a_second_run_changes_nothing_and_check_mode_neither(lab: CommandLine) -> None:
    playbook = str(resource("playbooks", "monitoring.yml"))
    for options in (("--check",), ()):
        again = lab.run("play", playbook, *options, timeout=900).stdout
        assert set(re.findall(r"changed=(\d+)", again)) == {"0"}
    assert set(re.findall(r"changed=(\d+)", lab.run("up").stdout)) == {"0"}


def test_the_rules_say_what_they_are_to_say(lab: CommandLine) -> None:
    assert "10 rules found" in lab.on(1, "promtool check rules /etc/prometheus/rules/*.yml")
    for file in sorted(HERE.glob("*_test.yml")):
        there = f"/tmp/{file.name}"
        lab.run("scp", str(file), f"{lab.node(1)}:{there}")
        assert "SUCCESS" in lab.on(1, f"promtool test rules {there} 2>&1")


def test_strangers_get_no_metrics_and_the_token_is_nobodys(lab: CommandLine) -> None:
    address = json.loads(lab.run("inventory", "--host", lab.node(2)).stdout)["cluster_address"]
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"http://{address}:9990/node", timeout=30)
    asked = f"curl -s -o /dev/null -w '%{{http_code}}' http://{address}:9990/consul"
    assert lab.on(3, asked) == "403"
    assert lab.on(1, asked) == "200"
    listening = lab.on(1, "ss -Hltn").split()
    ours = {each for each in listening if each.rpartition(":")[2] in ("9090", "9100", "9323")}
    assert ours == {"127.0.0.1:9090", "127.0.0.1:9100", "127.0.0.1:9323"}
    assert lab.on(1, "stat -c '%a %U %G' /etc/prometheus/consul.token").strip() == (
        "640 root prometheus"
    )
    token = lab.on(1, "cat /etc/prometheus/consul.token").strip()
    put = f"curl -s -X PUT -H 'X-Consul-Token: {token}' -d 1 http://127.0.0.1:8500/v1/kv/x"
    assert "Permission denied" in lab.on(1, put)
    assert token not in lab.on(1, "ps -eo args; journalctl --no-pager -u metrics-gate")


def test_alerts_fire_and_rest_again(lab: CommandLine) -> None:
    lab.on(2, "systemctl stop consul")
    lab.run("machine", "stop", lab.node(3))
    wanted = {("ConsulDown", "node-2"), ("NodeLost", "node-3"), ("ConsulQuorumLost", "")}
    try:
        assert wait(lambda: wanted <= firing(lab)), firing(lab)
        assert lab.run("monitoring", "status", expect=2).stdout.count("firing") >= 3
    finally:
        lab.run("machine", "start", lab.node(3))
        lab.on(2, "systemctl start consul")
    assert wait(lambda: not wanted & firing(lab)), firing(lab)


def test_ansible_playbook_finds_nothing_to_do(lab: CommandLine, tmp_path: Path) -> None:
    """But Docker's SDK, without which its modules do not run."""
    command: list[str | Path] = [
        ansible_venv.program("ansible-playbook"),
        *("-i", lab.state / "inventory.yml"),
        *("-e", "docker_python_sdk=true"),
        resource("playbooks", "monitoring.yml"),
    ]
    environment = dict(
        os.environ,
        ANSIBLE_HOME=str(tmp_path / "ansible"),
        ANSIBLE_NOCOLOR="1",
        ANSIBLE_PIPELINING="1",
    )
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=1100
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    assert set(re.findall(r"changed=(\d+)", done.stdout)) == {"1"}, done.stdout[-6000:]


def test_prometheus_moves(lab: CommandLine) -> None:
    lab.run("monitoring", "install", "2", timeout=900)
    assert status(lab)["prometheus"] == lab.node(2)
    assert lab.on(1, "systemctl is-active prometheus", check=False).strip() == "inactive"
