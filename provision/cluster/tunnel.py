"""A way from this machine to what listens on a node's loopback."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from provision.cluster.cluster import Cluster
from provision.cluster.consul.access import find, ssh
from provision.errors import MachineError, UsageError


@contextmanager
def tunnel(
    cluster: Cluster, node: str | None, port: int | None, remote: int
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Open it, for as long as the block runs.

    Parameters:
        node: by name or number; None for the first Consul server.
        port: on this machine; None for the same as there, or a free one if that is taken.
        remote: on the node's loopback.

    Returns: the port, and the client that keeps the tunnel open.

    Raises:
        UsageError: the port is taken, or there is no such node.
        MachineError: the node cannot be reached.
    """
    chosen = find(cluster, node)
    local = port or _free(remote)
    if port and _free(port) != port:
        raise UsageError(f"port {port} of this machine is in use", hint="--port another")
    forward = f"127.0.0.1:{local}:127.0.0.1:{remote}"
    words = [*ssh(cluster), "-N", "-o", "ExitOnForwardFailure=yes", "-L", forward, chosen.name]
    client = subprocess.Popen(words, stdin=subprocess.DEVNULL)
    try:
        while _free(local) == local:
            if client.poll() is not None:
                raise MachineError("the tunnel cannot be opened", host=chosen.name)
            time.sleep(0.05)
        yield local, client
    finally:
        client.terminate()
        client.wait()


def _free(wanted: int) -> int:
    """The port, or another one that is free if it is taken."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", wanted))
        except OSError:
            listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
