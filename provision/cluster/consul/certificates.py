"""Consul's own authority and certificates: none of them opens a Docker Engine, nor the reverse.

What Consul asks of certificates:
https://developer.hashicorp.com/consul/docs/secure/encryption/tls/mtls
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import yaml

from provision.cluster import certificates
from provision.cluster.certificates import Pair
from provision.cluster.cluster import Cluster
from provision.cluster.tls import RENEW_BEFORE, Expiry, TlsFiles, Write, refuse_lost_key
from provision.errors import UsageError
from provision.inventory import load_inventory
from provision.machines.store import ClusterStore

DATACENTER = "dc1"
"""Consul's and the role's default."""


def files_of(store: ClusterStore) -> TlsFiles:
    """Where a cluster's certificates for Consul lie."""
    return TlsFiles(store.directory / "consul")


def ensure(cluster: Cluster, *, renew: bool = False) -> Sequence[str]:
    """Make what is missing, expires soon or no longer fits; the servers get it by a play.

    Parameters:
        renew: make every server's certificate anew, and the client's.

    Returns: the servers whose certificate is new.
    """
    store = cluster.store
    variables: dict[str, object] = {"consul_secure": not cluster.shape.insecure_consul}
    issued: Sequence[str] = ()
    if not cluster.shape.insecure_consul:
        files = files_of(store)
        variables["consul_tls_files"] = str(files.directory)
        servers = {
            node.name: [node.address, cluster.endpoints[node.name].address]
            for node in cluster.nodes
            if node.consul == "server"
        }
        issued = issue(
            store.write_file, files, f"{cluster.name} Consul", servers, _datacenter(cluster), renew
        )
    store.write_file(store.secrets.with_name("consul.yml"), yaml.safe_dump(variables))
    return issued


def issue(
    write: Write,
    files: TlsFiles,
    name: str,
    servers: Mapping[str, Iterable[str]],
    datacenter: str,
    renew: bool = False,
) -> Sequence[str]:
    """As ``ensure``, for servers by name with their addresses.

    The authority is only made, never renewed: nodes have to trust another one before it is used,
    which is what ``rotate`` is for.

    Parameters:
        write: writes a file, for its owner only.
        name: of what the authority is.
    """
    refuse_lost_key(files, "put it back: no node trusts another one")
    authority = files.read(files.authority)
    if authority is None:
        authority = certificates.new_authority(name)
        files.write(write, files.authority, authority)
    client = files.read(files.client)
    if client is None or renew or not _fresh(client, authority):
        files.write(write, files.client, certificates.new_client(authority, f"{name} operator"))
    issued = []
    for server, addresses in servers.items():
        names = server_names(server, addresses, datacenter)
        pair = files.read(files.server(server))
        fits = pair is not None and _fresh(pair, authority) and pair.names == set(names)
        if renew or not fits:
            files.write(write, files.server(server), certificates.new_peer(authority, names))
            issued.append(server)
    return issued


def server_names(server: str, addresses: Iterable[str], datacenter: str) -> list[str]:
    """What a server is called: by other agents (``verify_server_hostname``), then by people."""
    own = f"server.{datacenter}.consul"
    names = [own, f"{server}.{own}", server, *addresses, "localhost", "127.0.0.1"]
    return list(dict.fromkeys(filter(None, names)))


def issue_for_inventory(folder: Path, sources: Sequence[str]) -> Sequence[str]:
    """As ``issue``, for the group ``consul_servers`` of an inventory.

    Raises:
        UsageError: there is no such group, or a server's address is not known.
    """
    inventory = load_inventory(sources)
    servers: dict[str, list[str]] = {}
    datacenter = DATACENTER
    for host in inventory.match("consul_servers"):
        variables = inventory.variables(host)
        datacenter = str(variables.get("consul_datacenter", datacenter))
        known = (variables.get(name) for name in ("cluster_address", "ansible_host"))
        servers[host.name] = [str(address) for address in known if address]
        if any("{{" in address for address in servers[host.name]):
            raise UsageError(
                f"the address of {host.name} is a template", hint="give cluster_address as it is"
            )
    if not servers:
        raise UsageError(
            "the inventory has no consul_servers", hint="inventory/README.md says which groups"
        )
    return issue(_write_private, TlsFiles(folder.absolute()), "Consul", servers, datacenter)


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
    Path(temporary).replace(path)


def expiries(cluster: Cluster) -> list[Expiry]:
    """The authority's, the client's and each server's certificate; empty where there are none."""
    files = files_of(cluster.store)
    found = {"Consul's authority": files.authority, "Consul's client": files.client}
    found |= {f"{n.name} for Consul": files.server(n.name) for n in cluster.nodes}
    pairs = {what: files.certificate(paths) for what, paths in found.items()}
    return [Expiry(what, pair.days_left()) for what, pair in pairs.items() if pair]


def _datacenter(cluster: Cluster) -> str:
    inventory = load_inventory([str(cluster.store.inventory)])
    host = next(iter(inventory.match("all")), None)
    variables = inventory.variables(host) if host else {}
    return str(variables.get("consul_datacenter", DATACENTER))


def _fresh(pair: Pair, authority: Pair) -> bool:
    return pair.days_left() >= RENEW_BEFORE and pair.issued_by(authority)
