"""New keys, certificates and tokens for a running Consul; the old ones are valid until the end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar

from provision.cluster import certificates as x509
from provision.cluster.consul import certificates
from provision.cluster.consul.operation import SETTLE, Operation
from provision.cluster.secrets import ACL_SEED, GOSSIP_KEY, new_secret
from provision.errors import MachineError, UsageError
from provision.verify.probes import consul, consul_api
from provision.verify.probes.base import NoAnswer, Node

Result = TypeVar("Result")


def gossip(work: Operation) -> None:
    """Another key for gossip: installed everywhere, then used, then the old one removed.

    https://developer.hashicorp.com/consul/api-docs/operator/keyring
    """
    # A node that is away would not get the new key, and never come back.
    work.require([consul.leader, consul.members])
    store, server = work.cluster.store, work.view.servers[0]
    new = new_secret()
    _keyring(work, server, "POST", new)
    work.say("the new key is installed")
    _wait_for_key(work, server, new)
    store.write_secrets({**store.read_secrets(), GOSSIP_KEY: new})
    _keyring(work, server, "PUT", new)
    work.say("the new key is used")
    work.play("consul")
    for old in sorted(_keys(work, server) - {new}):
        _keyring(work, server, "DELETE", old)
    work.say("the old key is gone")
    work.settle()


def tokens(work: Operation) -> None:
    """Other tokens for everybody: made beside the old ones, taken up, then the old ones removed.

    Raises:
        UsageError: this cluster has none.
    """
    if work.cluster.consul is None:
        raise UsageError("this cluster's Consul has no ACLs, so there are no tokens")
    work.require(consul.probes(work.cluster.consul))
    store = work.cluster.store
    new = new_secret()
    authority = work.cluster.consul.management
    work.play("consul_tokens", {"consul_acl_seed": new, "consul_authority_token": authority})
    work.say("new tokens are made")
    store.write_secrets({**store.read_secrets(), ACL_SEED: new})
    work.play("consul")
    work.say("all agents use them; the old ones are gone")
    work.settle()


def certs(work: Operation, *, authority: bool = False) -> None:
    """New certificates for all servers and the operator.

    Parameters:
        authority: of a new authority, which all nodes trust before the first certificate of it
            is used, and which they trust alone in the end.

    Raises:
        UsageError: this cluster has none.
    """
    cluster = work.cluster
    if cluster.consul is None:
        raise UsageError("this cluster's Consul has no TLS, so there are no certificates")
    work.require(consul.probes(cluster.consul))
    store, files = cluster.store, certificates.files_of(cluster.store)
    if not authority:
        certificates.ensure(cluster, renew=True)
        work.play("consul")
        work.say("all servers have new certificates")
        work.settle()
        return
    # The first certificate in ca.pem is the one that signs. What comes next is kept in files, so
    # that a run which was interrupted goes on with the same.
    upcoming = files.directory / "next-ca.pem", files.directory / "next-ca-key.pem"
    new = files.read(upcoming)
    if new is None:
        new = x509.new_authority(f"{cluster.name} Consul")
        files.write(store.write_file, upcoming, new)
    old = files.read(files.authority)
    assert old is not None
    if new.key != old.key:
        store.write_file(files.authority[0], old.certificate + new.certificate)
        work.play("consul")
        work.say("all nodes trust the new authority too")
        both = x509.Pair(new.certificate + old.certificate, new.key)
        files.write(store.write_file, files.authority, both)
    certificates.ensure(cluster)
    work.play("consul")
    work.say("all servers have certificates of the new authority")
    store.write_file(files.authority[0], new.certificate)
    work.play("consul")
    for path in upcoming:
        path.unlink()
    work.say("no node trusts the old authority any more")
    work.settle()


def _wait_for_key(work: Operation, server: Node, key: str) -> None:
    deadline = time.monotonic() + SETTLE
    while key not in _keys(work, server, everywhere=True):
        if time.monotonic() > deadline:
            raise MachineError("not every node takes the new gossip key; the old one is in use")
        time.sleep(0.5)


def _keys(work: Operation, server: Node, *, everywhere: bool = False) -> set[str]:
    """The gossip keys of all rings; with ``everywhere`` only those that all members hold."""
    path, expected = "/v1/operator/keyring", "the gossip keys"
    rings: list[dict[str, Any]] = _of_all(
        lambda: consul_api.json(work.view, server, path, expected=expected)
    )
    held = [
        {key for key, count in ring["Keys"].items() if not everywhere or count == ring["NumNodes"]}
        for ring in rings
    ]
    return set.intersection(*held) if everywhere else set.union(*held)


def _keyring(work: Operation, server: Node, verb: str, key: str) -> None:
    # Keys go as tokens do: by curl's standard input.
    body = json.dumps({"Key": key}).replace('"', '\\"')
    stdin = consul_api.management(work.view) + f'data = "{body}"\n'
    path, expected = "/v1/operator/keyring", "the gossip keys to be changed"
    _of_all(
        lambda: consul_api.http(work.view, server, path, "-X", verb, expected=expected, stdin=stdin)
    )


def _of_all(ask: Callable[[], Result]) -> Result:
    """What every node has to answer, asked until they have.

    The question goes by gossip, and a busy node misses the few seconds that it has for it. To
    install, use or remove a key twice is no harm.

    Raises:
        NoAnswer: not all of them do in time; or it is refused.
    """
    deadline = time.monotonic() + SETTLE
    while True:
        try:
            return ask()
        except NoAnswer as silence:
            # "3/4 nodes reported success"; "reported failure" is a refusal.
            missed = "nodes reported success" in silence.finding.found
            if not missed or time.monotonic() > deadline:
                raise
        time.sleep(1)
