"""The cluster's inventory, in a form that ansible-inventory reads too."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from provision.machines.driver import Endpoint
from provision.verify.probes.base import Node

HEADER = "# Written by `provision up`; it is written anew each time, so do not edit it.\n"


def inventory_text(
    cluster: str,
    subnet: str | None,
    nodes: Sequence[Node],
    endpoints: Mapping[str, Endpoint],
    known_hosts: Path,
    variables: Mapping[str, Any] | None = None,
    labels: Mapping[str, Mapping[str, str]] | None = None,
) -> str:
    """YAML inventory: groups by role, connection variables by host.

    Parameters:
        variables: further ones of all hosts.
        labels: in the swarm, by node name.
    """
    labels = labels or {}
    groups = {
        "swarm_managers": [node.name for node in nodes if node.swarm == "manager"],
        "swarm_workers": [node.name for node in nodes if node.swarm == "worker"],
        "consul_servers": [node.name for node in nodes if node.consul == "server"],
        "consul_clients": [node.name for node in nodes if node.consul == "client"],
    }
    document = {
        "all": {
            "vars": {
                "cluster_name": cluster,
                "cluster_subnet": subnet or "",
                **(variables or {}),
            },
            "hosts": {
                node.name: _host_vars(node, endpoints[node.name], known_hosts)
                | ({"swarm_node_labels": dict(labels[node.name])} if node.name in labels else {})
                for node in nodes
            },
            "children": {
                group: {"hosts": dict.fromkeys(members, None)} for group, members in groups.items()
            },
        }
    }
    return HEADER + yaml.safe_dump(document, sort_keys=False, default_flow_style=False)


def _host_vars(node: Node, endpoint: Endpoint, known_hosts: Path) -> dict[str, Any]:
    # ssh splits the value at spaces once more, so a path with one is quoted within as well.
    pinned = shlex.quote(f'UserKnownHostsFile="{known_hosts}"')
    options = [f"-o {pinned}", "-o StrictHostKeyChecking=yes"]
    if endpoint.jump_hosts:
        options.append(f"-o ProxyJump={','.join(endpoint.jump_hosts)}")
    found: dict[str, Any] = {
        "ansible_host": endpoint.address,
        "ansible_port": endpoint.port,
        "ansible_user": endpoint.user,
        "ansible_ssh_common_args": " ".join(options),
        "ansible_ssh_timeout": int(endpoint.connect_timeout),
        "ansible_python_interpreter": "/usr/bin/python3",
        "cluster_address": node.address,
        "swarm_availability": node.availability,
    }
    if endpoint.key_file:
        found["ansible_ssh_private_key_file"] = str(endpoint.key_file)
    return found
