"""Lets a cluster's nodes share their package downloads while they are installed."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from provision.cluster.cluster import Cluster
from provision.cluster.packages.proxy import PackageProxy
from provision.cluster.packages.store import PackageStore
from provision.machines.cache import cache_directory
from provision.machines.debian_sources import proxy_options
from provision.machines.driver import Progress
from provision.verify.probes.base import ClusterView, Finding, Node

VARIABLE = "package_proxies"
"""What install.yml reads: by node, the environment in which its packages are fetched."""
_PATIENCE = 2
"""Seconds that a node may take to reach this host."""


def package_store() -> PackageStore:
    """The user's own."""
    return PackageStore(cache_directory() / "packages")


@contextmanager
def shared_packages(
    cluster: Cluster, view: ClusterView, say: Progress
) -> Iterator[Mapping[str, Any]]:
    """Variables for the install play under which the nodes' downloads are shared.

    Servers that exist already (driver static) are left to their own ways; so are nodes that
    cannot reach this host, such as behind a firewall.
    """
    static = {entry.name for entry in cluster.shape.named if entry.driver == "static"}
    nodes = [node for node in view.nodes if node.name not in static and node.address]
    proxy = _proxy(nodes) if cluster.driver.name != "static" else None
    if proxy is None:
        yield {}
        return
    try:
        deaf = {finding.node for finding in _without_way(view, nodes, proxy)}
        if deaf:
            say("", f"packages are not shared with {', '.join(sorted(deaf))}: no way to this host")
        ways = {"http_proxy": proxy.url, "no_proxy": "localhost,127.0.0.1"}
        yield {VARIABLE: {node.name: ways for node in nodes if node.name not in deaf}}
        if proxy.served:
            say("", f"packages: {proxy.served} files for the nodes, {proxy.asked} asked for")
    finally:
        proxy.close()


def _proxy(nodes: Sequence[Node]) -> PackageProxy | None:
    if not nodes:
        return None
    addresses = [node.address for node in nodes]
    try:
        return PackageProxy(_own_address(addresses[0]), addresses, package_store(), _host_proxies())
    except OSError:
        return None


def _without_way(view: ClusterView, nodes: Sequence[Node], proxy: PackageProxy) -> list[Finding]:
    address, port = proxy.server_address[:2]
    script = f"import socket; socket.create_connection(({str(address)!r}, {port}), {_PATIENCE})"

    def ask(node: Node) -> list[Finding]:
        done = view.run(node, "python3", "-S", "-c", script)
        return [Finding(node.name, f"a way to {proxy.url}", "none")] if done.rc else []

    return view.each(nodes, ask)


def _own_address(node: str) -> str:
    """The address that this host has on the way to a node. Sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.connect((node, 9))
        return str(way.getsockname()[0])


def _host_proxies() -> dict[str, str]:
    """The proxy that apt uses on this host."""
    for option in proxy_options():
        name, _, value = option.partition(" ")
        if name == "Acquire::http::Proxy" and value.strip('"').startswith("http"):
            return {"http": value.strip('"')}
    return {}
