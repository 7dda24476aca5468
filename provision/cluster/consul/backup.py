"""Snapshots of Consul's state: taken, looked at, put back.

https://developer.hashicorp.com/consul/api-docs/snapshot
"""

from __future__ import annotations

import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from provision.cluster.cluster import Cluster
from provision.cluster.consul.access import find, ssh
from provision.cluster.consul.operation import SETTLE, Operation
from provision.cluster.whole_file import replacing
from provision.errors import MachineError, UsageError
from provision.verify.probes import consul, consul_api
from provision.verify.probes.base import Node

_URL = f"{consul_api.API}/v1/snapshot"

# First line of the standard input: curl's configuration with the token. The rest is the snapshot.
# What Consul says is the result if its status is 200, else the reason. (Debian 11's curl has no
# --fail-with-body.)
_ASK = '-w "%{http_code}" -o "$d/said" ' + _URL
_JUDGE = '[ "$code" = 200 ] || { cat "$d/said" >&2; exit 1; }'
_FOLDER = 'd=$(mktemp -d); trap "rm -rf $d" EXIT; '
# A server that passes a leader's snapshot on sometimes breaks off on a busy machine (status 500,
# "connection reset by peer", seen with 1.8.7); asked again it does not.
_AGAIN = "--retry 3 --retry-delay 1"
_SAVE = f'{_FOLDER}code=$(curl -sS {_AGAIN} --config - {_ASK}); {_JUDGE}; cat "$d/said"'
_TAKES = 3
"""How often a snapshot is taken until one is whole. What a server passes on may also break off
after its status 200, and end as if that were all (seen with 1.8.7 after restarts of servers)."""

_INSPECT = 'f=$(mktemp); trap "rm -f $f" EXIT; cat >$f; consul snapshot inspect $f'
_RESTORE = (
    f'IFS= read -r who; {_FOLDER}cat >"$d/sent"; '
    'code=$(printf "%s\\n" "$who" | curl -sS --config - -X PUT --data-binary @"$d/sent" '
    f"{_ASK}); {_JUDGE}"
)


def save(cluster: Cluster, file: Path) -> str:
    """Take a snapshot; what `consul snapshot inspect` says of the file that was written.

    Parameters:
        file: replaced once the snapshot is known to be whole; readable by its owner only.

    Raises:
        UsageError: the file cannot be written.
        MachineError: Consul gives none, or a damaged one.
    """
    server = find(cluster, None)
    with replacing(file) as part:
        for _ in range(_TAKES - 1):
            with suppress(MachineError):
                return _take(cluster, server, part)
        return _take(cluster, server, part)


def _take(cluster: Cluster, server: Node, file: Path) -> str:
    """One snapshot into a file; what `consul snapshot inspect` says of it."""
    with file.open("wb") as out:
        _run(cluster, server, _SAVE, _who(cluster), out=out)
    return inspect(cluster, file)


def inspect(cluster: Cluster, file: Path) -> str:
    """What `consul snapshot inspect` says of a file, on a server.

    Raises:
        UsageError: there is no such file.
        MachineError: it is no whole snapshot.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error
    return _run(cluster, find(cluster, None), _INSPECT, content).decode()


def restore(work: Operation, file: Path) -> None:
    """Replace Consul's whole state by a snapshot's.

    The snapshot may be another cluster's: this one's tokens are made in it, the other's removed.

    Raises:
        UsageError, MachineError: as ``inspect``; nothing was changed.
        MachineError: Consul refuses it, or is not well afterwards.
    """
    cluster = work.cluster
    inspect(cluster, file)
    work.require([consul.leader, consul.autopilot])
    server = find(cluster, None)
    _run(cluster, server, _RESTORE, _who(cluster) + file.read_bytes())
    work.say("restored; bringing tokens and agents in line with it")
    foreign = cluster.consul is not None and not _known(work, server)
    if foreign:
        _make_management_token(work, server)
    # Clients of another cluster's certificate authority need certificates of this snapshot's.
    work.play("consul", {"consul_restart": foreign})
    work.settle()


def _known(work: Operation, server: Node) -> bool:
    """Whether the cluster still knows who we are."""
    path = ("/v1/acl/token/self", "-o", "/dev/null", "-w", "%{http_code}")
    return consul_api.run(work.view, server, *path).stdout == "200"


def _make_management_token(work: Operation, server: Node) -> None:
    """A leader that takes office makes the token of its configuration: let one do so."""
    view = work.view
    if found := consul.leader.settle(view, SETTLE):
        raise MachineError("; ".join(map(str, found)), hint="journalctl -u consul on the servers")
    address = consul_api.json(view, server, "/v1/status/leader", expected="a leader")
    for each in view.servers:
        if f"{each.address}:8300" == address:
            work.run(each, "systemctl restart consul")
    deadline = time.monotonic() + SETTLE
    while not _known(work, server):
        if time.monotonic() > deadline:
            raise MachineError(
                "the cluster does not know its management token after the restore",
                hint="journalctl -u consul on the servers",
            )
        time.sleep(0.5)


def _who(cluster: Cluster) -> bytes:
    token = cluster.consul.management if cluster.consul else ""
    return (consul_api.as_curl_reads(token) or "\n").encode()


def _run(
    cluster: Cluster, node: Node, script: str, stdin: bytes, *, out: IO[bytes] | int | None = None
) -> bytes:
    """A script on a node with a standard input of any size, by OpenSSH's client."""
    done = subprocess.run(
        [*ssh(cluster), node.name, f"sh -ec '{script}'"],
        input=stdin,
        stdout=subprocess.PIPE if out is None else out,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        said = (done.stderr or done.stdout or b"").decode(errors="replace").strip()
        raise MachineError(said or f"exit status {done.returncode}", host=node.name)
    return done.stdout or b""
