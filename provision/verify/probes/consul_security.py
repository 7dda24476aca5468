"""Proofs that Consul talks to nobody without a certificate, and gives nothing without a token."""

from __future__ import annotations

from collections.abc import Iterator
from json import dumps

from provision.verify.probes import consul_api as api
from provision.verify.probes.base import ClusterView, Finding, Node, Probe, probe
from provision.verify.probes.tls import WARN_DAYS, ask

RPC_PORT = 8300
HTTPS_PORT = 8501

# On the node: the call that any server answers to its likes, without TLS. The first byte says
# that it is net/rpc, then come header and body in msgpack.
# Source: https://github.com/hashicorp/consul/blob/main/agent/pool/conn.go
_PLAIN_RPC = r"""
import socket, sys
text = lambda word: bytes([0xA0 + len(word)]) + word.encode()
header = b"\x82" + text("ServiceMethod") + text("Status.Ping") + text("Seq") + b"\x01"
try:
    with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=5) as sock:
        sock.sendall(b"\x00" + header + b"\x80")
        print("answered" if sock.recv(1) else "refused")
except ConnectionResetError:
    print("refused")
except OSError as error:
    sys.exit(str(error))
"""


@probe("consul.plain_rpc", "servers refuse connections from other agents without TLS")
def plain_rpc(view: ClusterView) -> Iterator[Finding]:
    def check(node: Node) -> Iterator[Finding]:
        expected = f"port {RPC_PORT} to refuse plain connections"
        words = ("python3", "-c", _PLAIN_RPC, node.address, str(RPC_PORT))
        said = view.output(node, *words, expected=expected).strip()
        if said != "refused":
            hint = "`provision bootstrap consul` turns TLS on"
            yield Finding(node.name, expected, f"it {said or 'said nothing'}", hint)

    yield from view.each(view.servers, check)


@probe(
    "consul.https",
    "servers answer HTTPS only to those who have a certificate, and their own is good for "
    f"{WARN_DAYS} more days",
)
def https(view: ClusterView) -> Iterator[Finding]:
    def check(node: Node) -> Iterator[Finding]:
        said = ask(view, node, HTTPS_PORT, "/v1/status/leader")
        expected = f"HTTPS on port {HTTPS_PORT}"
        if said.get("closed") or said.get("error"):
            hint = "`provision bootstrap consul` turns TLS on"
            yield Finding(node.name, expected, str(said.get("error", "nothing listens")), hint)
            return
        if said.get("open"):
            expected = f"port {HTTPS_PORT} to refuse a client without a certificate"
            yield Finding(node.name, expected, "it answered")
        days = said.get("days")
        if days is None:
            yield Finding(node.name, expected, "no certificate")
        elif days < WARN_DAYS:
            left = f"{days:.0f} days" if days > 0 else f"expired {-days:.0f} days ago"
            hint = "`provision consul rotate certs`"
            yield Finding(node.name, f"a certificate good for {WARN_DAYS} days", left, hint)

    yield from view.each(view.servers, check)


@probe("consul.acl", "who shows no token can neither read nor write a key, on any node")
def acl(view: ClusterView) -> Iterator[Finding]:
    def check(node: Node) -> Iterator[Finding]:
        for verb, curl in (("read", ()), ("write", ("-X", "PUT", "--data", "x"))):
            expected = f"Consul to let nobody without a token {verb} a key"
            words = ("-o", "/dev/null", "-w", "%{http_code}", *curl)
            status = api.http(
                view,
                node,
                "/v1/kv/provision/probe/nobody",
                *words,
                expected=expected,
                fail_on_error=False,
                stdin="",
            )
            if status != "403":
                yield Finding(node.name, expected, f"status {status}")

    yield from view.each(view.nodes, check)


@probe("consul.tokens", "every node's agent has a token of its own, and may register with it")
def tokens(view: ClusterView) -> Iterator[Finding]:
    """An agent that may not write its node never gets its addresses into the catalog.

    Asked as Consul's own UI asks (since 1.7): what the catalog holds may be a minute old, since the
    leader writes a node that is back without its addresses, and the agent adds them in its turn.
    """
    assert view.consul is not None
    of = view.consul

    def check(node: Node) -> Iterator[Finding]:
        expected = "an agent token that the cluster knows"
        own = api.as_curl_reads(of.agent(node.name))
        api.json(view, node, "/v1/acl/token/self", expected=expected, stdin=own)
        expected = "a token with which the agent may write its node"
        wish = dumps([{"Resource": "node", "Segment": node.name, "Access": "write"}])
        words = ("-X", "POST", "--data", wish)
        path = "/v1/internal/acl/authorize"
        answers = api.json(view, node, path, *words, expected=expected, stdin=own)
        if not all(answer.get("Allow") for answer in answers or [{}]):
            yield Finding(node.name, expected, "one that may not")

    yield from view.each(view.nodes, check)


PROBES: tuple[Probe, ...] = (plain_rpc, https, acl, tokens)
