"""How people and programs reach a cluster's Consul."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from provision.cluster.cluster import Cluster
from provision.cluster.consul.certificates import files_of
from provision.errors import UsageError
from provision.verify.consul_tokens import ConsulTokens
from provision.verify.probes.base import Node
from provision.verify.probes.consul_security import HTTPS_PORT

HTTP_PORT = 8500
"""Of every node's loopback."""

VARIABLES = (
    "CONSUL_HTTP_ADDR",
    "CONSUL_CACERT",
    "CONSUL_CLIENT_CERT",
    "CONSUL_CLIENT_KEY",
    "CONSUL_HTTP_TOKEN_FILE",
    "CONSUL_HTTP_TOKEN",
)
"""https://developer.hashicorp.com/consul/commands#environment-variables"""

# The token is the first line; `read` takes no byte more, so the rest is consul's.
_WITH_TOKEN = 'IFS= read -r CONSUL_HTTP_TOKEN && export CONSUL_HTTP_TOKEN && exec consul "$@"'


def token(consul: ConsulTokens, *, management: bool) -> str:
    """The operator's token, or the one that may do everything."""
    return consul.management if management else consul.operator


def token_file(cluster: Cluster, *, management: bool) -> Path:
    """A file with the token in it, for its owner only.

    Raises:
        UsageError: Consul knows no tokens here.
    """
    consul = _secured(cluster)
    name = "management" if management else "operator"
    path = cluster.store.directory / "consul" / f"{name}.token"
    cluster.store.write_file(path, token(consul, management=management))
    return path


def variables(
    cluster: Cluster, node: str | None, *, management: bool = False, inline: bool = False
) -> dict[str, str]:
    """What consul and programs like it read from the environment.

    Parameters:
        node: the server to ask, by name or number; None for the first.
        inline: the token itself, for programs that do not read CONSUL_HTTP_TOKEN_FILE.

    Raises:
        UsageError: no such server, or Consul is on loopback only.
    """
    consul = _secured(cluster)
    server = find(cluster, node)
    if server.consul != "server":
        raise UsageError(
            f"{server.name} is a Consul client: only servers answer on the network",
            hint=f"there are: {', '.join(n.name for n in cluster.nodes if n.consul == 'server')}",
        )
    files = files_of(cluster.store)
    address = cluster.endpoints[server.name].address
    values = {
        "CONSUL_HTTP_ADDR": f"https://{address}:{HTTPS_PORT}",
        "CONSUL_CACERT": str(files.authority[0]),
        "CONSUL_CLIENT_CERT": str(files.client[0]),
        "CONSUL_CLIENT_KEY": str(files.client[1]),
    }
    if inline:
        return values | {"CONSUL_HTTP_TOKEN": token(consul, management=management)}
    return values | {"CONSUL_HTTP_TOKEN_FILE": str(token_file(cluster, management=management))}


def run_consul(
    cluster: Cluster,
    arguments: Sequence[str],
    *,
    node: str | None = None,
    management: bool = False,
    stdin: BinaryIO | None = None,
) -> int:
    """Run consul on a node; its exit code.

    Parameters:
        stdin: for consul; None for nothing.

    Raises:
        UsageError: there is no such node.
    """
    consul = cluster.consul
    chosen = find(cluster, node)
    script = 'exec consul "$@"' if consul is None else _WITH_TOKEN
    remote = shlex.join(["sh", "-c", script, "consul", *arguments])
    client = subprocess.Popen([*ssh(cluster), chosen.name, remote], stdin=subprocess.PIPE)
    assert client.stdin is not None
    pipe = client.stdin

    def feed() -> None:
        with suppress(BrokenPipeError):
            if consul is not None:
                pipe.write(token(consul, management=management).encode() + b"\n")
            if stdin is not None:
                shutil.copyfileobj(stdin, pipe)
            pipe.close()

    # Whoever calls may leave the standard input open for ever: consul's end is the end.
    threading.Thread(target=feed, daemon=True).start()
    return client.wait()


def find(cluster: Cluster, node: str | None) -> Node:
    """A node by name or number; None for the first server.

    Raises:
        UsageError: there is none.
    """
    if node is None:
        servers = [each for each in cluster.nodes if each.consul == "server"]
        if not servers:
            raise UsageError("the cluster has no Consul server", hint="`provision up` makes them")
        return servers[0]
    return cluster.node(node)


def ssh(cluster: Cluster) -> list[str]:
    """The beginning of a command line of OpenSSH's client.

    Raises:
        UsageError: there is none here.
    """
    client = shutil.which("ssh")
    if client is None:
        raise UsageError("there is no ssh client here", hint="apt-get install openssh-client")
    return [client, "-F", str(cluster.store.ssh_config)]


def _secured(cluster: Cluster) -> ConsulTokens:
    if cluster.consul is None:
        raise UsageError(
            "this cluster's Consul has no TLS and no ACLs: it answers on each node's loopback only",
            hint="`provision consul ui` opens a tunnel, `provision consul run` runs consul there",
        )
    return cluster.consul
