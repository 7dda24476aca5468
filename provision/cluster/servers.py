"""Servers that exist, as `provision up --driver static --servers` names them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from provision.cluster.named import FIRST_NAMED, Named
from provision.errors import UsageError
from provision.inventory import load_inventory
from provision.verify.probes.base import ClusterView, Finding, Node

_SERVER = re.compile(
    r"(?:(?P<name>[a-z0-9][a-z0-9-]*)=)?(?:(?P<user>[^@=]+)@)?(?P<host>[^@:=]+)(?::(?P<port>\d+))?"
)
_ADDRESS = re.compile(r"[0-9.]+")

# Variable of an inventory -> option of a static machine.
_VARIABLES = {
    "ansible_host": "address",
    "ansible_port": "port",
    "ansible_user": "user",
    "ansible_ssh_private_key_file": "key",
    "cluster_address": "cluster-address",
    "cluster_fingerprint": "fingerprint",
}


def read_servers(text: str) -> tuple[Named, ...]:
    """The servers of an inventory, or of a list.

    Parameters:
        text: an inventory's path, or ``[NAME=][user@]host[:port]`` separated by commas.

    Raises:
        UsageError: neither, or a server without a name.
        InventoryError: the inventory is wrong.
    """
    described = _of_inventory(text) if Path(text).exists() else map(_of_list, text.split(","))
    found = tuple(
        Named(name, FIRST_NAMED + place, "static", options=options)
        for place, (name, options) in enumerate(described)
    )
    if not found:
        raise UsageError(f"{text} has no hosts")
    return found


def misnamed(view: ClusterView, names: Sequence[str]) -> list[Finding]:
    """Servers whose own name is another: swarm and Consul know nodes by their host names."""

    def ask(node: Node) -> Iterator[Finding]:
        own = view.output(node, "cat", "/proc/sys/kernel/hostname", expected="a host name").strip()
        if own != node.name:
            hint = f"call it {own} in --servers, or there: hostnamectl set-hostname {node.name}"
            yield Finding(node.name, f"the host name {node.name}", own, hint)

    return view.each([node for node in view.nodes if node.name in names], ask)


def _of_inventory(path: str) -> Iterator[tuple[str, dict[str, str]]]:
    inventory = load_inventory([path])
    for host in inventory.hosts.values():
        variables = inventory.variables(host)
        options = {
            option: str(variables[name])
            for name, option in _VARIABLES.items()
            if variables.get(name) is not None
        }
        yield host.name, {"address": host.name, **options}


def _of_list(text: str) -> tuple[str, dict[str, str]]:
    match = _SERVER.fullmatch(text.strip())
    if match is None:
        raise UsageError(
            f"--servers: there is no file {text!r}, nor is it a server",
            hint="an inventory's path, or NAME=user@address:port,NAME=...",
        )
    if match["name"] is None and _ADDRESS.fullmatch(match["host"]):
        raise UsageError(
            f"--servers: {text.strip()} has no name",
            hint=f"put its host name before it: NAME={text.strip()}",
        )
    options = {"address": match["host"]}
    options |= {key: match[key] for key in ("user", "port") if match[key]}
    return match["name"] or match["host"].partition(".")[0], options
