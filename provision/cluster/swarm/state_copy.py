"""A manager's copy of the swarm's state: taken from the node, put on a node.

The Engine has to be stopped for either. That is done by a unit of systemd's on the node, which goes
on to its end, and starts the Engine again, whatever becomes of the one who asked for it.
"""

from __future__ import annotations

import shlex
import subprocess
from typing import IO

from provision.cluster.consul.access import ssh
from provision.cluster.operation import Operation
from provision.cluster.swarm.archive import ADDRESSES, DIRECTORY
from provision.cluster.swarm.identity import CERTIFICATE, Identity, identity_of
from provision.errors import MachineError
from provision.verify.probes.base import Node
from provision.verify.probes.engine_api import engine

_KEPT = "/var/lib/provision-swarm-state"
"""Where the copy lies for a moment on the node; root's only."""

_UNIT = "provision-swarm-state"

# The socket unit too: a question asked of it would start the Engine again.
_STOP = "systemctl stop docker.socket docker.service"
_START = "systemctl start docker.socket docker.service"

_COPY = f'cp -a "$1/{DIRECTORY}" {_KEPT}/'
_PLACE = f'rm -rf "$1/{DIRECTORY}"; mv {_KEPT}/{DIRECTORY} "$1/"'


def data_root(work: Operation, node: Node) -> str:
    """Docker's data directory on a node. Raises NoAnswer."""
    return str(engine(work.view, node, "/info", "a Docker Engine that answers")["DockerRootDir"])


def identity(work: Operation, node: Node) -> Identity | None:
    """Who a node is in the swarm that it has the state of; None where it has none.

    Raises:
        MachineError: its certificate cannot be read.
        NoAnswer: its Engine does not answer.
    """
    path = f"{data_root(work, node)}/{DIRECTORY}/{CERTIFICATE}"
    found = work.view.run(node, "cat", path)
    return identity_of(found.stdout.encode()) if found.rc == 0 else None


def fetch(work: Operation, node: Node, target: IO[bytes], *, running: bool = False) -> None:
    """Write a node's swarm directory as tar.gz.

    Parameters:
        running: leave the Engine running, which is safe only while nothing can be written: the
            log might be cut off in the middle of an entry otherwise.

    Raises:
        MachineError: it cannot be copied; the Engine runs again.
    """
    root = data_root(work, node)
    work.run(node, f"rm -rf {_KEPT}; install -d -m 0700 {_KEPT}")
    try:
        if running:
            work.run(node, f"set -- {shlex.quote(root)}; {_COPY}")
        else:
            _stopped(work, node, _COPY, root)
        _ssh(work, node, f"tar -C {_KEPT} -cz {DIRECTORY}", out=target)
    finally:
        work.view.run(node, "rm", "-rf", _KEPT)


def place(work: Operation, node: Node, archive: bytes) -> None:
    """Put a backup's swarm directory on a node that is in no swarm.

    Without the addresses that are in it: the node knows nobody then, so it does not go and look
    for the managers of the swarm that the backup is of, which may live.

    Raises:
        MachineError: it cannot be put there; the Engine runs again.
    """
    root = data_root(work, node)
    work.run(node, f"rm -rf {_KEPT}; install -d -m 0700 {_KEPT}")
    try:
        _ssh(work, node, f"tar -C {_KEPT} -xz {DIRECTORY}", stdin=archive)
        known = " ".join(f"{_KEPT}/{DIRECTORY}/{name}" for name in ADDRESSES)
        work.run(node, f"rm -f {known}; chown -R root:root {_KEPT}")
        _stopped(work, node, _PLACE, root)
    finally:
        work.view.run(node, "rm", "-rf", _KEPT)


def _stopped(work: Operation, node: Node, script: str, root: str) -> None:
    """Run a script on a node while its Engine is stopped."""
    whole = f"trap '{_START}' EXIT; {_STOP}; {script}"
    words = ["systemd-run", "--quiet", "--wait", "--collect", "--pipe", f"--unit={_UNIT}"]
    words += ["sh", "-ec", whole, "sh", root]
    try:
        work.module(node, "command", {"argv": words})
    except MachineError as error:
        raise MachineError(
            f"with its Docker stopped this failed: {error.message}",
            host=node.name,
            hint=f"journalctl -u {_UNIT} -u docker there",
        ) from error


def _ssh(
    work: Operation,
    node: Node,
    command: str,
    *,
    out: IO[bytes] | None = None,
    stdin: bytes | None = None,
) -> None:
    """A command with input or output of any size, by OpenSSH's client, as root."""
    user = work.cluster.endpoints[node.name].user
    done = subprocess.run(
        [*ssh(work.cluster), node.name, command if user == "root" else f"sudo -n {command}"],
        input=stdin,
        stdin=None if stdin is not None else subprocess.DEVNULL,
        stdout=out if out is not None else subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise MachineError(said or f"exit status {done.returncode}", host=node.name)
