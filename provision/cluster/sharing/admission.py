"""Whether a node lets somebody in: tried with their certificate, looked up for their SSH keys."""

from __future__ import annotations

import shlex
import socket
import ssl
from collections.abc import Iterator

from provision.cluster.cluster import Cluster
from provision.cluster.engine_address import ENGINE_PORT, engine_address
from provision.cluster.sharing.grants import Grant
from provision.cluster.tls import TlsFiles
from provision.transport.pool import SessionPool
from provision.verify.probes.base import Finding, Node

_TIMEOUT = 10.0

# Every account's file, wherever its home is: a key may have been put into another one by hand.
_FIND_KEY = r"""
cut -d: -f6 /etc/passwd | sort -u | while read -r home; do
    for file in "$home/.ssh/authorized_keys" "$home/.ssh/authorized_keys2"; do
        [ -f "$file" ] && grep -qF -- "$KEY" "$file" && echo "$file"
    done
done
exit 0
"""


def shut_out(cluster: Cluster, grant: Grant) -> list[Finding]:
    """Where a person can still get in, and which nodes cannot be asked; empty: nowhere."""
    return _each(cluster, grant, wanted=False)


def let_in(cluster: Cluster, grant: Grant) -> list[Finding]:
    """Where a person cannot get in; empty: everywhere they can."""
    return _each(cluster, grant, wanted=True)


def _each(cluster: Cluster, grant: Grant, *, wanted: bool) -> list[Finding]:
    files = TlsFiles.of(cluster.store)
    context = ssl.create_default_context(cafile=files.authority[0])
    context.load_cert_chain(*grant.certificate)
    with SessionPool() as sessions:
        view = cluster.view(sessions)

        def ask(node: Node) -> Iterator[Finding]:
            for key in grant.ssh_keys:
                script = f"KEY={shlex.quote(key.split()[1])}{_FIND_KEY}"
                found = view.output(
                    node, "sh", "-c", script, expected="an answer about authorized keys"
                ).split()
                if wanted and not found:
                    yield Finding(node.name, f"{grant.name}'s SSH key to be accepted", "it is not")
                if not wanted and found:
                    yield Finding(
                        node.name,
                        f"{grant.name}'s SSH key to be refused",
                        f"it is in {' and '.join(found)}",
                        "what provision did not put there is removed by hand",
                    )
            yield from _engine(cluster, grant, node.name, context, wanted)

        return view.each(view.nodes, ask)


def _engine(
    cluster: Cluster, grant: Grant, machine: str, context: ssl.SSLContext, wanted: bool
) -> Iterator[Finding]:
    address = engine_address(cluster.endpoints[machine])
    whose = f"{grant.name}'s certificate"
    try:
        accepted, said = _accepted(address, context)
    except OSError as error:
        expected = f"the Docker Engine at {address}:{ENGINE_PORT} to answer about {whose}"
        yield Finding(machine, expected, str(error), unreachable=True)
        return
    if accepted and not wanted:
        yield Finding(machine, f"{whose} to be refused", "the Docker Engine accepts it")
    if wanted and not accepted:
        yield Finding(machine, f"{whose} to be accepted", f"the Docker Engine says: {said}")


def _accepted(address: str, context: ssl.SSLContext) -> tuple[bool, str]:
    """Whether the engine answers a request made with the certificate, and what it says if not.

    With TLS 1.3 a client learns only by reading whether its certificate was accepted.

    Raises:
        OSError: nobody answers there.
    """
    with socket.create_connection((address, ENGINE_PORT), timeout=_TIMEOUT) as plain:
        try:
            with context.wrap_socket(plain, server_hostname=address) as connection:
                connection.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
                answer = connection.recv(64).decode("latin-1")
        except (ssl.SSLError, ConnectionResetError, BrokenPipeError) as error:
            return False, str(error)
    return " 200 " in answer, answer.splitlines()[0] if answer else "nothing"
