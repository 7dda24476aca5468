"""Proofs that the Consul cluster is healthy.

What is *not* proof, and so not asked: ``consul members`` alone (says alive a second after a
SIGKILL), /v1/status/peers, a 200 from /v1/agent/self.
API: https://developer.hashicorp.com/consul/api-docs
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

from provision.verify.consul_tokens import ConsulTokens
from provision.verify.probes import consul_api as api
from provision.verify.probes import consul_security
from provision.verify.probes.base import ClusterView, Finding, NoAnswer, Node, Probe, probe
from provision.verify.probes.leftovers import stale_keys


@probe("consul.leader", "every node names the same Consul leader, one of the servers")
def leader(view: ClusterView) -> Iterator[Finding]:
    """/v1/status/leader is answered by the raft layer, so it is empty without quorum."""
    named: dict[str, str] = {}

    def ask(node: Node) -> Iterator[Finding]:
        expected = "a Consul leader"
        address = api.json(view, node, "/v1/status/leader", expected=expected)
        if not address:
            yield Finding(node.name, expected, "no leader (quorum lost?)")
        else:
            named[node.name] = str(address)

    yield from view.each(view.nodes, ask)
    if len(set(named.values())) > 1:
        shown = ", ".join(f"{node} says {address}" for node, address in sorted(named.items()))
        yield Finding("cluster", "one Consul leader", f"several: {shown}")
    known = {f"{server.address}:8300" for server in view.servers}
    for node_name, address in sorted(named.items()):
        if address not in known:
            yield Finding(
                node_name, f"a leader among {', '.join(sorted(known))}", f"leader {address}"
            )


@probe("consul.autopilot", "autopilot finds every server a healthy voter, with failures to spare")
def autopilot(view: ClusterView) -> Iterator[Finding]:
    """/v1/operator/autopilot/health: 429 while unhealthy, so the status is not the proof."""
    yield from _through_any(view, lambda server: _autopilot(view, server))


def _autopilot(view: ClusterView, node: Node) -> Iterator[Finding]:
    expected = "autopilot to report health"
    body = api.http(
        view, node, "/v1/operator/autopilot/health", expected=expected, fail_on_error=False
    )
    health = _decode(node, body, expected)
    names = {server["Name"]: server for server in health.get("Servers") or []}
    for server in view.servers:
        state = names.get(server.name)
        if state is None:
            yield Finding(server.name, "a Consul server that autopilot knows", "unknown to it")
        elif not (state.get("Healthy") and state.get("Voter")):
            found = f"Healthy={state.get('Healthy')}, Voter={state.get('Voter')}"
            status = state.get("SerfStatus")
            yield Finding(server.name, "a healthy voter", f"{found}, serf status {status}")
    spare = (len(view.servers) - 1) // 2
    if health.get("FailureTolerance", -1) < spare:
        found = str(health.get("FailureTolerance"))
        yield Finding("cluster", f"Consul to tolerate {spare} failed servers", found)
    # 0 is a server that autopilot has no word from: an unhealthy voter, above.
    terms = sorted({int(state.get("LastTerm") or 0) for state in names.values()} - {0})
    if len(terms) > 1:
        shown = " and ".join(map(str, terms))
        yield Finding("cluster", "all servers in one raft term", f"terms {shown}")


@probe("consul.peers", "the raft peers are exactly the inventory's servers, one of them leader")
def peers(view: ClusterView) -> Iterator[Finding]:
    yield from _through_any(view, lambda server: _peers(view, server))


def _peers(view: ClusterView, node: Node) -> Iterator[Finding]:
    configuration = api.json(
        view, node, "/v1/operator/raft/configuration", expected="the raft configuration"
    )
    servers = configuration.get("Servers") or []
    actual = {server["Node"]: server["Address"] for server in servers if server.get("Voter")}
    expected = {server.name: f"{server.address}:8300" for server in view.servers}
    for name, address in expected.items():
        if actual.get(name) != address:
            found = actual.get(name) or "not a voting peer"
            yield Finding(name, f"a voting raft peer at {address}", found)
    for name in sorted(actual.keys() - expected.keys()):
        yield Finding(name, "no raft peer outside the inventory", f"a peer at {actual[name]}")
    leaders = [server["Node"] for server in servers if server.get("Leader")]
    if len(leaders) != 1:
        yield Finding("cluster", "exactly one raft leader", ", ".join(leaders) or "none")


@probe("consul.members", "every node is an alive member at its address, and nothing else is")
def members(view: ClusterView) -> Iterator[Finding]:
    def ask(node: Node) -> Iterator[Finding]:
        rows = api.json(view, node, "/v1/agent/members", expected="the gossip members")
        alive = {row["Name"]: row for row in rows if row.get("Status") == _ALIVE}
        left = {row["Name"] for row in rows if row.get("Status") == _LEFT}
        for other in view.nodes:
            row = alive.get(other.name)
            if row is None:
                yield Finding(node.name, f"{other.name} alive in Consul", "it is not")
            elif row["Addr"] != other.address:
                yield Finding(node.name, f"{other.name} at {other.address}", f"at {row['Addr']}")
        known = {other.name for other in view.nodes}
        for stranger in sorted({row["Name"] for row in rows} - known - left):
            yield Finding(node.name, "no member outside the inventory", stranger)

    yield from view.each(view.nodes, ask)


_ALIVE, _LEFT = 1, 3  # serf.MemberStatus


@probe("consul.kv", "a key written through one server is read consistently through every node")
def kv(view: ClusterView) -> Iterator[Finding]:
    yield from _through_any(view, lambda server: _kv(view, server))


def _kv(view: ClusterView, writer: Node) -> Iterator[Finding]:
    key = f"{_KEYS}{time.time():.0f}-{secrets.token_hex(8)}"
    value = secrets.token_hex(16)
    _sweep_keys(view, writer)
    wrote = api.http(
        view,
        writer,
        f"/v1/kv/{key}",
        "-X",
        "PUT",
        "--data",
        value,
        expected="a KV write to succeed",
    )
    if wrote.strip() != "true":
        yield Finding(writer.name, "a KV write to succeed", wrote.strip() or "an empty answer")
        return

    def ask(node: Node) -> Iterator[Finding]:
        expected = f"the value just written through {writer.name}"
        read = api.http(view, node, f"/v1/kv/{key}?raw&consistent", expected=expected)
        if read != value:
            yield Finding(node.name, expected, repr(read[:80]))

    try:
        yield from view.each(view.nodes, ask)
    finally:
        _delete_key(view, writer, key)


_KEYS = "provision/probe/"


def _sweep_keys(view: ClusterView, server: Node) -> None:
    """Remove what killed probes have left."""
    listed = api.run(view, server, f"/v1/kv/{_KEYS}?keys")
    try:
        keys = json.loads(listed.stdout)
    except ValueError:  # an empty body with a 404: there are none
        return
    for key in stale_keys(keys):
        _delete_key(view, server, key)


def _delete_key(view: ClusterView, server: Node, key: str) -> None:
    api.run(view, server, f"/v1/kv/{key}", "-X", "DELETE")


@probe("consul.dns", "consul.service.consul resolves to every server on every node")
def dns(view: ClusterView) -> Iterator[Finding]:
    expected_addresses = sorted(server.address for server in view.servers)

    def ask(node: Node) -> Iterator[Finding]:
        expected = f"consul.service.consul to be {', '.join(expected_addresses)}"
        answer = view.output(
            node, "python3", "-c", _DNS_QUERY, "consul.service.consul", expected=expected
        )
        if sorted(answer.split()) != expected_addresses:
            yield Finding(node.name, expected, ", ".join(answer.split()) or "no address")

    yield from view.each(view.nodes, ask)


# Nodes need no dig: one A query to Consul's DNS port over TCP, addresses printed (RFC 1035).
_DNS_QUERY = """
import socket, struct, sys
def addresses(name):
    labels = b"".join(bytes([len(p)]) + p.encode() for p in name.split(".")) + b"\\0"
    query = struct.pack("!6H", 1, 0x0100, 1, 0, 0, 0) + labels + struct.pack("!2H", 1, 1)
    s = socket.create_connection(("127.0.0.1", 8600), 5)
    s.sendall(struct.pack("!H", len(query)) + query)
    f = s.makefile("rb")
    data = f.read(struct.unpack("!H", f.read(2))[0])
    count, at = struct.unpack("!H", data[6:8])[0], len(query)
    for _ in range(count):
        while data[at] and data[at] < 192:
            at += data[at] + 1
        at += 2 if data[at] >= 192 else 1
        kind, _, _, size = struct.unpack("!2HIH", data[at:at + 10])
        at += 10
        if kind == 1:
            yield socket.inet_ntoa(data[at:at + size])
        at += size
try:
    print("\\n".join(addresses(sys.argv[1])))
except ConnectionRefusedError:
    sys.exit("Consul's DNS port 8600 refuses connections (is the service running?)")
except socket.timeout:
    sys.exit("Consul's DNS port 8600 does not answer within 5 s")
except OSError as error:
    sys.exit("Consul's DNS port 8600: %s" % error)
except (struct.error, IndexError):
    sys.exit("Consul's DNS port 8600 gives no DNS answer")
"""


@probe("consul.encryption", "gossip is encrypted on every node, with one key")
def encryption(view: ClusterView) -> Iterator[Finding]:
    """/v1/operator/keyring counts, pool by pool, the members that hold each key."""
    yield from _through_any(view, lambda server: _encryption(view, server))


def _encryption(view: ClusterView, node: Node) -> Iterator[Finding]:
    rings = api.json(view, node, "/v1/operator/keyring", expected="gossip encryption to be on")
    for ring in rings:
        if ring.get("WAN"):
            continue
        counts = sorted((ring.get("Keys") or {}).values())
        # NumNodes is of those that gossip now; a declared node that is down is not proven.
        if counts != [ring.get("NumNodes")] or ring.get("NumNodes") != len(view.nodes):
            keys = "1 key" if len(counts) == 1 else f"{len(counts)} keys"
            held = " and ".join(map(str, counts)) or "none"
            found = f"{keys}, held by {held} of {ring.get('NumNodes')} nodes that gossip"
            expected = f"one gossip key, held by all {len(view.nodes)} nodes"
            yield Finding("cluster", expected, found)


def _through_any(view: ClusterView, ask: Callable[[Node], Iterator[Finding]]) -> Iterator[Finding]:
    """What the first server that answers says of the cluster, and which before it did not."""
    for server in view.servers:
        try:
            yield from list(ask(server))
        except NoAnswer as silence:
            yield silence.finding
        else:
            return


def _decode(node: Node, body: str, expected: str) -> dict[str, Any]:
    try:
        decoded = json.loads(body)
    except ValueError:
        raise NoAnswer(Finding(node.name, expected, body.strip()[:200])) from None
    if not isinstance(decoded, dict):
        raise NoAnswer(Finding(node.name, expected, body.strip()[:200]))
    return decoded


@probe("consul.snapshot", "a snapshot of Consul's state can be taken, and is whole")
def snapshot(view: ClusterView) -> Iterator[Finding]:
    yield from _through_any(view, lambda server: _snapshot(view, server))


def _snapshot(view: ClusterView, node: Node) -> Iterator[Finding]:
    expected = "a snapshot that `consul snapshot inspect` reads"
    config = "--config -" if view.consul else ""
    script = (
        "f=$(mktemp) && trap 'rm -f $f' EXIT && "
        # Passed on by another server it sometimes breaks off with status 500; not twice.
        f"c=$(curl -sS --max-time 30 --retry 3 --retry-delay 1 {config} "
        f"-o $f -w '%{{http_code}}' {api.API}/v1/snapshot) && "
        'if [ "$c" = 200 ]; then consul snapshot inspect $f; else cat $f >&2; exit 1; fi'
    )
    said = view.output(node, "sh", "-c", script, expected=expected, stdin=api.management(view))
    if "Index" not in said:
        yield Finding(node.name, expected, said.strip()[:200] or "nothing")


PROBES: tuple[Probe, ...] = (leader, autopilot, peers, members, kv, dns, encryption, snapshot)


def probes(consul: ConsulTokens | None) -> tuple[Probe, ...]:
    """Those that concern a cluster with these tokens; None: it runs without TLS and ACLs."""
    return PROBES if consul is None else (*PROBES, *consul_security.PROBES)
