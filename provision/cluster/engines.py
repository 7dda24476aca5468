"""Nodes' Docker Engines, asked from here: over TLS, or through SSH where that has no way."""

from __future__ import annotations

import http.client
import shlex
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from provision.agent.engine_api import Engine
from provision.agent.task import ModuleFailed
from provision.agent.tls import Tls
from provision.cluster import tls
from provision.cluster.cluster import Cluster
from provision.cluster.engine_address import ENGINE_PORT, engine_address, engine_url
from provision.errors import MachineError, TaskFailed, Unreachable, UsageError

PATIENCE = 3.0
"""Seconds for a connection to the port before SSH is taken."""
TIMEOUT = 60.0
"""Seconds for one answer."""
PROMPT = 10.0
"""Seconds for an answer that an Engine has at hand."""

# Ends with whichever side ends first. The Engine's clients never close only one half.
_BRIDGE = """
import os, socket, threading
engine = socket.socket(socket.AF_UNIX)
engine.connect("/var/run/docker.sock")
def up():
    while True:
        data = os.read(0, 65536)
        if not data:
            os._exit(0)
        engine.sendall(data)
threading.Thread(target=up, daemon=True).start()
while True:
    data = engine.recv(65536)
    if not data:
        break
    while data:
        data = data[os.write(1, data):]
"""


@contextmanager
def refusals(host: str | None = None) -> Iterator[None]:
    """What an Engine refuses, as one of provision's errors.

    Parameters:
        host: whose Engine is asked.

    Raises:
        TaskFailed: it refused.
    """
    try:
        yield
    except ModuleFailed as failure:
        raise TaskFailed(failure.message, host=host) from None


def engine_of(cluster: Cluster, node: str) -> Engine:
    """A node's Engine that has answered.

    Raises:
        Unreachable: it did not, either way.
    """
    reasons = []
    for reach in (_over_tls, _over_ssh):
        try:
            engine = reach(cluster, node)
            if engine.version:
                return engine
        except (ModuleFailed, MachineError, UsageError) as error:
            reasons.append(error.message)
    raise Unreachable(
        f"its Docker Engine does not answer: {'; '.join(reasons)}",
        host=node,
        hint="`provision status` shows the nodes",
    )


def manager_of(cluster: Cluster) -> tuple[str, Engine]:
    """The first manager of the swarm that answers, and its Engine.

    Raises:
        MachineError: there is none.
    """
    cluster.require_machines()
    reasons = []
    for node in sorted(cluster.nodes, key=lambda node: node.swarm != "manager"):
        try:
            engine = engine_of(cluster, node.name)
            with refusals():
                swarm = engine.get("/info").get("Swarm") or {}
        except (Unreachable, TaskFailed) as error:
            reasons.append(f"{node.name}: {error.message}")
            continue
        if swarm.get("LocalNodeState") == "active" and swarm.get("ControlAvailable"):
            return node.name, engine
        if node.swarm == "manager":
            state = swarm.get("LocalNodeState") or "inactive"
            said = "a worker" if state == "active" else f"in state '{state}'"
            reasons.append(f"{node.name}: {said} {swarm.get('Error') or ''}".strip())
    raise MachineError(
        f"no manager of cluster '{cluster.name}' can be asked: {'; '.join(reasons)}",
        hint="`provision bootstrap swarm` forms the swarm; `provision status` shows what is wrong",
    )


def answer_over_tls(
    cluster: Cluster, node: str, path: str, timeout: float = PROMPT
) -> dict[str, Any]:
    """What a node's Engine answers to a GET that comes as `docker` itself would come: over TLS.

    Raises:
        UsageError: there are no certificates that would work.
        MachineError: it gives no answer, or refuses.
    """
    try:
        return dict(_tls_engine(cluster, node, timeout).get(path))
    except ModuleFailed as failure:
        raise MachineError(
            failure.message,
            host=node,
            hint=f"`provision machine status {node}`; "
            f"`provision machine provision {node}` sets it up again",
        ) from failure


def _tls_engine(cluster: Cluster, node: str, timeout: float) -> Engine:
    files = tls.client_files(cluster, node)
    certificate, key = map(str, files.client)
    trusted = Tls(True, str(files.authority[0]), certificate, key)
    return Engine(engine_url(cluster.endpoints[node]), timeout, tls=trusted)


def _over_tls(cluster: Cluster, node: str) -> Engine:
    engine = _tls_engine(cluster, node, TIMEOUT)
    address = engine_address(cluster.endpoints[node])
    try:
        socket.create_connection((address, ENGINE_PORT), timeout=PATIENCE).close()
    except OSError as error:
        raise MachineError(f"port {ENGINE_PORT} of {address}: {error}") from None
    return engine


def _over_ssh(cluster: Cluster, node: str) -> Engine:
    client = shutil.which("ssh")
    if client is None:
        raise UsageError("there is no ssh client here")
    words = ["python3", "-S", "-E", "-c", _BRIDGE]
    if cluster.endpoints[node].user != "root":
        words = ["sudo", "-n", *words]
    command = [client, "-F", str(cluster.store.ssh_config), "-o", "BatchMode=yes", node]
    command.append(shlex.join(words))
    return Engine(f"ssh://{node}", TIMEOUT, connector=lambda timeout: _Bridged(command, timeout))


class _Bridged(http.client.HTTPConnection):
    """A connection whose bytes go through a program's standard input and output."""

    def __init__(self, command: list[str], timeout: float | None) -> None:
        super().__init__("localhost", timeout=timeout)
        self._command = command

    def connect(self) -> None:
        ours, theirs = socket.socketpair()
        ours.settimeout(self.timeout)
        with theirs:
            # It ends when our half is closed, so nobody has to end it.
            subprocess.Popen(self._command, stdin=theirs.fileno(), stdout=theirs.fileno())
        self.sock = ours
