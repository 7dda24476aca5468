"""A Consul cluster through its life: secured, drilled, backed up, rotated, upgraded, lost and
recovered. One cluster goes through all of it, in this order."""

from __future__ import annotations

import json
import re
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from provision.verify.consul_tokens import ConsulTokens
from provision.verify.probes import consul_security
from provision.verify.probes.base import ClusterView
from tests.integration.cluster.conftest import CommandLine

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]


def kv(lab: CommandLine, *arguments: str, expect: int = 0) -> str:
    return lab.run("consul", "run", "kv", *arguments, expect=expect).stdout.strip()


def secrets(lab: CommandLine) -> dict[str, str]:
    text = (lab.state / "group_vars" / "all" / "secrets.yml").read_text()
    return {str(key): str(value) for key, value in yaml.safe_load(text).items()}


def well(lab: CommandLine) -> None:
    assert not any(lab.verify("-k", "consul").values())


def test_a_lab_without_tls_and_acls_is_told_from_a_secured_cluster(
    lab: CommandLine, view: ClusterView
) -> None:
    proofs = lab.verify("-k", "consul")
    assert not any(proofs.values())
    assert "consul: acl" not in proofs
    tokens = ConsulTokens(secrets(lab)["consul_acl_seed"])
    asked = ClusterView(view.nodes, view.runner, tokens)
    answered = [finding.found for finding in consul_security.plain_rpc.findings(asked)]
    assert answered == ["it answered"] * 3
    assert len(consul_security.acl.findings(asked)) == 8
    assert [f.found for f in consul_security.https.findings(asked)] == ["nothing listens"] * 3
    kv(lab, "put", "kept", "before")
    refused = lab.run("consul", "env", expect=2)
    assert "loopback only" in refused.stderr


def test_it_gets_tls_and_acls_step_by_step_and_keeps_what_it_has(lab: CommandLine) -> None:
    shown = lab.run("bootstrap", "consul", "--secure-consul", "--check")
    assert "would form" in shown.stdout
    assert "consul: acl" not in lab.verify("-k", "consul")
    done = lab.run("bootstrap", "consul", "--secure-consul")
    assert done.stdout.count("TASK [consul : Configure Consul]") == 3
    proofs = lab.verify("-k", "consul")
    assert "consul: acl" in proofs
    assert not any(proofs.values())
    assert kv(lab, "get", "kept") == "before"
    again = lab.run("bootstrap", "consul")
    assert set(re.findall(r"changed=(\d+)", again.stdout)) == {"0"}


def test_the_way_back_is_refused(lab: CommandLine) -> None:
    refused = lab.run("bootstrap", "consul", "--insecure-consul", expect=2)
    assert "would take away" in refused.stdout + refused.stderr
    well(lab)


def test_tokens_are_in_no_output_and_on_no_command_line(lab: CommandLine) -> None:
    tokens = ConsulTokens(secrets(lab)["consul_acl_seed"])
    output = lab.run("bootstrap", "consul", "-vvv")
    lines = "".join(lab.on(n, "ps -eo args; journalctl -u consul --no-pager") for n in (1, 2, 4))
    for secret in (tokens.management, tokens.operator, tokens.agent(lab.node(1))):
        assert secret not in output.stdout + output.stderr + lines
    assert tokens.management not in lab.on(4, "cat /etc/consul.d/consul.hcl")


def test_env_leads_programs_there_over_tls(lab: CommandLine) -> None:
    said = lab.run("consul", "env", "2", "--shell", "bash", "--token").stdout
    values = dict(re.findall(r"^export (\w+)=(.*)$", said, re.MULTILINE))
    assert values["CONSUL_HTTP_TOKEN"] == ConsulTokens(secrets(lab)["consul_acl_seed"]).operator
    trust = ssl.create_default_context(cafile=values["CONSUL_CACERT"])
    url = f"{values['CONSUL_HTTP_ADDR']}/v1/kv/kept?raw"
    asked = urllib.request.Request(url, headers={"X-Consul-Token": values["CONSUL_HTTP_TOKEN"]})
    with pytest.raises((OSError, ssl.SSLError)):
        urllib.request.urlopen(asked, context=trust, timeout=10)
    trust.load_cert_chain(values["CONSUL_CLIENT_CERT"], values["CONSUL_CLIENT_KEY"])
    with urllib.request.urlopen(asked, context=trust, timeout=10) as answer:
        assert answer.read() == b"before"
    filed = lab.run("consul", "env", "--shell", "fish").stdout
    file = re.search(r"CONSUL_HTTP_TOKEN_FILE '(.*)'", filed)
    assert file is not None
    assert Path(file[1]).stat().st_mode & 0o077 == 0


def test_a_drill_is_refused_until_the_cluster_is_marked(lab: CommandLine) -> None:
    refused = lab.run("drill", "consul-leader", expect=2)
    assert "not marked for drills" in refused.stderr
    (lab.state / "group_vars" / "all" / "drills.yml").write_text("drills: allowed\n")


def test_the_leader_dies_another_is_elected_and_no_write_is_lost(lab: CommandLine) -> None:
    report = json.loads(lab.run("drill", "consul-leader", "--json", "-").stdout)
    assert report["passed"]
    elected = next(f for f in report["figures"] if f["what"] == "another leader")
    assert elected["seconds"] > elected["floor"] > 0
    assert any("acknowledged writes none is lost" in p["claim"] for p in report["proofs"])


def test_a_snapshot_brings_back_what_was_deleted(lab: CommandLine) -> None:
    file = lab.folder / "kept.snap"
    said = lab.run("consul", "backup", str(file)).stdout
    assert "Index" in said
    assert file.stat().st_mode & 0o077 == 0
    kv(lab, "delete", "kept")
    broken = lab.folder / "broken.snap"
    broken.write_bytes(file.read_bytes()[:-100])
    lab.run("consul", "restore", "--yes", str(broken), expect=1)
    kv(lab, "get", "kept", expect=1)
    lab.run("consul", "restore", "--yes", str(file))
    assert kv(lab, "get", "kept") == "before"


@pytest.mark.parametrize("what", [("gossip",), ("tokens",), ("certs", "--authority")])
def test_keys_tokens_and_certificates_are_replaced_while_writers_run(
    lab: CommandLine, nothing_lost: Callable[[], None], what: tuple[str, ...]
) -> None:
    before, authority = secrets(lab), (lab.state / "consul" / "ca.pem").read_text()
    lab.run("consul", "rotate", *what)
    nothing_lost()
    after = secrets(lab)
    changed = {name for name in before if before[name] != after[name]}
    expected = {"gossip": {"consul_gossip_key"}, "tokens": {"consul_acl_seed"}, "certs": set()}
    assert changed == expected[what[0]]
    if what[0] == "gossip":
        rings = lab.run("consul", "run", "keyring", "-list").stdout
        assert after["consul_gossip_key"] in rings
        assert before["consul_gossip_key"] not in rings
    elif what[0] == "tokens":
        listed = lab.run("consul", "run", "--management", "acl", "token", "list").stdout
        found = re.findall(r"provision: agent \S+ \((\w+)\)", listed)
        assert (len(found), len(set(found))) == (4, 1)
        old = ConsulTokens(before["consul_acl_seed"]).management
        asked = f'curl -s -H "X-Consul-Token: {old}" http://127.0.0.1:8500/v1/acl/token/self'
        assert "ACL not found" in lab.on(1, asked)
    else:
        now = (lab.state / "consul" / "ca.pem").read_text()
        assert now.count("BEGIN") == 1
        assert now != authority
        assert lab.on(3, "cat /etc/consul.d/tls/ca.pem") == now
    well(lab)


def test_another_program_comes_node_by_node_while_writers_run(
    lab: CommandLine, nothing_lost: Callable[[], None]
) -> None:
    """The same version under another path: no other one can be had everywhere."""
    program = lab.folder / "consul"
    with program.open("wb") as out:
        command = ["ssh", "-F", str(lab.state / "ssh_config"), lab.node(1), "cat /usr/bin/consul"]
        subprocess.run(command, stdout=out, check=True)
    version = re.search(r"v([\d.]+)", lab.on(1, "consul version"))
    assert version is not None
    leader = lab.run("consul", "run", "operator", "raft", "list-peers").stdout
    last = re.search(r"^(\S+) .* leader ", leader, re.MULTILINE)
    assert last is not None
    said = lab.run("consul", "upgrade", "--file", str(program)).stdout
    nothing_lost()
    order = re.findall(rf"^(\S+): {re.escape(version[1])} -> ", said, re.MULTILINE)
    assert (order[2], order[3]) == (last[1], lab.node(4))
    for number in range(1, 5):
        running = lab.on(number, "readlink /proc/$(pidof consul)/exe").strip()
        assert running == "/usr/local/bin/consul"
    refused = lab.run("consul", "upgrade", "--version", "1.2.3", expect=2)
    assert "older" in refused.stderr
    well(lab)


def test_names_and_services_are_found_from_nodes_and_containers(lab: CommandLine) -> None:
    own = lab.state / "group_vars" / "all" / "own.yml"
    own.write_text("consul_dns: true\nconsul_services: true\n")
    lab.run("up")
    lab.run("bootstrap", "consul")
    again = lab.run("bootstrap", "consul")
    assert set(re.findall(r"changed=(\d+)", again.stdout)) == {"0"}
    servers = len(
        lab.on(4, "getent ahostsv4 consul.service.consul | cut -d' ' -f1 | sort -u").split()
    )
    assert servers == 3
    lab.run("verify", "-k", "socket")  # builds the image
    inside = "docker run --rm provision/probe:1 nslookup docker.service.consul"
    found: set[str] = set()
    for _ in range(20):  # an answer over UDP holds three of them, chosen anew each time
        found |= set(
            re.findall(r"^Address: ([\d.]+)$", lab.on(4, inside, check=False), re.MULTILINE)
        )
    assert len(found) == 4
    lab.on(3, "systemctl stop docker.socket docker")
    try:
        for _ in range(60):
            url = "http://127.0.0.1:8500/v1/health/service/docker?passing"
            if len(json.loads(lab.on(1, f"curl -s '{url}'"))) == 3:
                break
            time.sleep(1)
        else:
            pytest.fail("a silent engine is still called healthy")
    finally:
        lab.on(3, "systemctl start docker")


def test_a_fresh_cluster_takes_the_state_of_another(lab: CommandLine) -> None:
    file = lab.folder / "moved.snap"
    lab.run("consul", "backup", str(file))
    for number in range(1, 5):
        lab.on(number, "systemctl stop consul; rm -rf /var/lib/consul/* /etc/consul.d/*")
    (lab.state / "group_vars" / "all" / "secrets.yml").unlink()
    lab.run("bootstrap", "consul")
    kv(lab, "get", "kept", expect=1)
    lab.run("consul", "restore", "--yes", str(file))
    assert kv(lab, "get", "kept") == "before"
    well(lab)


def test_a_lost_quorum_is_recovered_only_when_asked(lab: CommandLine) -> None:
    refused = lab.run("recover", "consul", "--yes", expect=2)
    assert "there is a quorum" in refused.stderr
    lost = [2, 3]
    for number in lost:
        lab.on(number, "systemctl kill -s SIGKILL consul; systemctl stop consul")
        lab.on(number, "rm -rf /var/lib/consul/*")
    kv(lab, "put", "other", "x", expect=1)
    told = lab.run("recover", "consul", expect=2)
    assert f"given up: {lab.node(2)} (has no data)" in told.stdout
    assert "--yes accepts that loss" in told.stderr
    lab.run("recover", "consul", "--yes")
    kv(lab, "put", "other", "x")
    assert kv(lab, "get", "kept") == "before"
    lab.run("bootstrap", "consul")
    for _ in range(60):
        if not any(lab.verify("-k", "consul and (peers or autopilot)", expect=None).values()):
            break
        time.sleep(1)
    well(lab)
