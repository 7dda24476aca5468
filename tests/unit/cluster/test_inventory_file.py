from __future__ import annotations

import base64
import shlex
import subprocess
from pathlib import Path

import yaml

from provision.cluster.inventory_file import inventory_text
from provision.cluster.secrets import GOSSIP_KEY, with_missing_made
from provision.cluster.shape import Shape
from provision.engine.ssh_arguments import parse
from provision.machines.driver import Endpoint


def test_inventory_groups_by_role_and_pins_host_keys() -> None:
    shape = Shape.declare({"nodes": 4})
    specs = shape.specs("lab")
    endpoints = {
        spec.name: Endpoint(f"10.9.0.{spec.index}", "root", key_file=Path("/k/id"))
        for spec in specs
    }
    nodes = [shape.node(spec, endpoints[spec.name].address) for spec in specs]
    loaded = yaml.safe_load(
        inventory_text("lab", "10.9.0.0/24", nodes, endpoints, Path("/k/known_hosts"))
    )["all"]
    assert loaded["vars"] == {"cluster_name": "lab", "cluster_subnet": "10.9.0.0/24"}
    children = {name: list(group["hosts"]) for name, group in loaded["children"].items()}
    assert children["swarm_managers"] == children["consul_servers"] == [n.name for n in nodes[:3]]
    assert children["swarm_workers"] == children["consul_clients"] == ["lab-node-4"]
    host = loaded["hosts"]["lab-node-1"]
    assert host["ansible_host"] == host["cluster_address"] == "10.9.0.1"
    assert host["ansible_ssh_private_key_file"] == "/k/id"
    assert 'UserKnownHostsFile="/k/known_hosts"' in host["ansible_ssh_common_args"]
    assert "StrictHostKeyChecking=yes" in host["ansible_ssh_common_args"]


def test_gossip_key_is_made_once() -> None:
    first = with_missing_made({})
    assert len(base64.b64decode(first[GOSSIP_KEY])) == 32
    assert with_missing_made(first) == first
    assert with_missing_made({}) != first


def test_a_workspace_with_a_space_is_understood_by_the_engine_as_by_ssh() -> None:
    known_hosts = Path("/my projects/known_hosts")
    shape = Shape.declare({"nodes": 1})
    spec = shape.specs("lab")[0]
    endpoint = Endpoint("10.9.0.1", "root")
    text = inventory_text(
        "lab", None, [shape.node(spec, "10.9.0.1")], {spec.name: endpoint}, known_hosts
    )
    arguments = yaml.safe_load(text)["all"]["hosts"]["lab-node-1"]["ansible_ssh_common_args"]
    assert parse(arguments, "ansible_ssh_common_args").known_hosts == str(known_hosts)
    words = [*shlex.split(arguments), "-G", "anything"]
    asked = subprocess.run(["ssh", *words], capture_output=True, text=True, check=True)
    assert f"userknownhostsfile {known_hosts}" in asked.stdout.splitlines()
