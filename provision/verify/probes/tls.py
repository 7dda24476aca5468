"""Proofs that the Docker Engine's port lets in nobody without a certificate, and stays open to
those who have one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from provision.verify.probes.base import ClusterView, Finding, NoAnswer, Node, Probe, probe

ENGINE_PORT = 2376

WARN_DAYS = 14
"""Days before a certificate expires from which on it is a finding. `up` renews sooner."""

# On the node, with its own Python: connects as a stranger would, and reads what it is shown.
# _test_decode_cert is how CPython's own tests read a certificate from a file.
_ASK = r"""
import json, socket, ssl, sys, tempfile, time
address, port, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
said = {}
def exchange(wrap):
    plain = socket.create_connection((address, port), timeout=5)
    try:
        sock = wrap(plain)
        if sock is not plain:
            said["shown"] = ssl.DER_cert_to_PEM_cert(sock.getpeercert(True))
        sock.sendall(b"GET %s HTTP/1.0\r\n\r\n" % path.encode())
        return sock.recv(64).decode("latin-1")
    finally:
        plain.close()
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
try:
    try:
        answer = exchange(context.wrap_socket)
    except ssl.SSLError as error:
        answer = "" if "shown" in said or "ALERT" in str(error) else exchange(lambda sock: sock)
    said["open"] = answer.startswith("HTTP/1") and " 200 " in answer
except ConnectionRefusedError:
    said["closed"] = True
except OSError as error:
    said["error"] = str(error)
if "shown" in said:
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(said.pop("shown"))
        file.flush()
        certificate = ssl._ssl._test_decode_cert(file.name)
    said["days"] = (ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()) / 86400
    said["names"] = [value for _, value in certificate.get("subjectAltName", ())]
print(json.dumps(said))
"""


@probe(
    "docker.tls",
    "the engine's network port asks for a client certificate, and its own is good for "
    f"{WARN_DAYS} more days",
)
def tls(view: ClusterView) -> Iterator[Finding]:
    yield from view.each(view.nodes, lambda node: _findings(view, node))


def _findings(view: ClusterView, node: Node) -> Iterator[Finding]:
    said = ask(view, node, ENGINE_PORT, "/_ping")
    if said.get("closed"):
        return
    if problem := said.get("error"):
        yield Finding(node.name, f"port {ENGINE_PORT} to speak TLS", str(problem))
        return
    if said.get("open"):
        expected = f"port {ENGINE_PORT} to refuse a client without a certificate"
        yield Finding(node.name, expected, "it answered: whoever reaches it is root there")
    hint = f"provision machine regenerate-certs {node.name}"
    days = said.get("days")
    if days is not None and days < WARN_DAYS:
        left = f"{days:.0f} days" if days > 0 else f"expired {-days:.0f} days ago"
        yield Finding(node.name, f"a certificate good for {WARN_DAYS} days", left, hint)
    if days is not None and node.address not in said.get("names", ()):
        names = ", ".join(said.get("names", ())) or "no name at all"
        yield Finding(node.name, f"a certificate for {node.address}", f"one for {names}", hint)


def ask(view: ClusterView, node: Node, port: int, path: str) -> dict[str, Any]:
    """What a port of a node shows and says to a client without a certificate.

    Returns: ``closed`` or ``error`` where nothing came of it; else whether it is ``open``, and of
    the certificate shown its ``days`` left and ``names``, if it shows one.

    Raises:
        NoAnswer: the node cannot be asked.
    """
    expected = f"an answer about its port {port}"
    text = view.output(
        node, "python3", "-c", _ASK, node.address, str(port), path, expected=expected
    )
    try:
        return dict(json.loads(text))
    except ValueError:
        raise NoAnswer(Finding(node.name, expected, f"not JSON: {text[:200]!r}")) from None


PROBES: tuple[Probe, ...] = (tls,)
