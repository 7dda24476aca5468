"""`provision cluster import`: a cluster that is at home elsewhere, or comes home here.

An imported cluster can be looked at, reached and used. What changes its nodes or machines is done
where it is at home, by whoever has its one true state and its authorities' keys; its machines
belong to that workspace. So here they are servers that somebody else made, whatever made them.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from provision.cluster import tls
from provision.cluster.cluster import Cluster
from provision.cluster.consul import certificates as consul_certificates
from provision.cluster.machine.found import Found
from provision.cluster.named import Named
from provision.cluster.shape import Shape
from provision.cluster.sharing import origin as origins
from provision.cluster.sharing import sealed
from provision.cluster.sharing.bundle import Bundle
from provision.cluster.sharing.exporting import CLUSTER_KEY
from provision.cluster.sharing.grants import Grants
from provision.cluster.sharing.ssh_keys import private_half
from provision.errors import UsageError
from provision.machines.driver import Endpoint
from provision.machines.state import ClusterState
from provision.machines.static import StaticDriver
from provision.machines.store import ClusterStore

_HOME_ONLY = ("grants/", "host_vars/", "tls/spare/", "tls/clients.pem", "consul/servers/")


@dataclass(frozen=True, slots=True)
class Imported:
    """Parameters:
    keyless: machines for which ssh has to find a key by itself.
    admitted: whom its nodes let in from the next `up` on; only where it came home.
    """

    cluster: Cluster
    bundle: Bundle
    keyless: Sequence[str]
    admitted: Sequence[str] = ()


def import_cluster(
    workspace: Path,
    text: str,
    passphrase: str,
    *,
    ssh_key: Path | None = None,
    take_over: bool = False,
    expected: str | None = None,
) -> Imported:
    """Make an exported cluster known here.

    Parameters:
        ssh_key: the private key to log in with, where the export holds none.
        take_over: make this workspace its home: it creates and destroys its machines from now on.
        expected: the cluster's name, if somebody said which it is to be.

    Raises:
        UsageError: the passphrase is wrong, another cluster has this name here, or the export
            cannot be taken over.
        DataError: the export was changed, or is not one.
    """
    bundle = Bundle.load(sealed.unseal(text, passphrase))
    name = bundle.state.cluster
    if expected is not None and expected != name:
        raise UsageError(f"this is cluster '{name}', not '{expected}'")
    if take_over and bundle.origin.person:
        raise UsageError(
            f"this is {bundle.origin.person}'s access to cluster '{name}': it cannot be taken over",
            hint="that needs an export without --for",
        )
    if ssh_key is not None and not ssh_key.is_file():
        raise UsageError(f"there is no private key {ssh_key}")
    store = ClusterStore(workspace, name)
    with store.lock(imported=True):
        _refuse_other(store, bundle, take_over=take_over)
        if take_over:
            return _come_home(store, bundle, ssh_key)
        return _visit(store, bundle, ssh_key)


def _visit(store: ClusterStore, bundle: Bundle, ssh_key: Path | None) -> Imported:
    _clear(store)
    origins.write(store, bundle.origin)
    for path, text in bundle.files.items():
        if not _home_only(path):
            store.write_file(store.directory / path, text)
    # Playbooks that somebody runs over this inventory leave the certificates on the nodes alone.
    keep = yaml.safe_dump({"docker_tls": True, "docker_tls_keep": True})
    store.write_file(store.secrets.with_name("tls.yml"), keep)
    own = ssh_key
    if bundle.origin.person and own is None:
        made = CLUSTER_KEY in bundle.files
        own = store.private_key if made else private_half(bundle.ssh_keys, Path.home() / ".ssh")
    state = _as_servers(bundle.state)
    return _saved(store, bundle, state, own, everywhere=bool(bundle.origin.person))


def _come_home(store: ClusterStore, bundle: Bundle, ssh_key: Path | None) -> Imported:
    for path, text in bundle.files.items():
        store.write_file(store.directory / path, text)
    imported = _saved(store, bundle, _with_key(bundle.state, ssh_key), ssh_key)
    tls.ensure(imported.cluster)
    consul_certificates.ensure(imported.cluster)
    grants = Grants(store)
    grants.write_variables()
    store.imported.unlink(missing_ok=True)
    admitted = [grant.name for grant in grants.every() if not grant.revoked]
    return dataclasses.replace(imported, admitted=admitted)


def _saved(
    store: ClusterStore,
    bundle: Bundle,
    state: ClusterState,
    own: Path | None,
    *,
    everywhere: bool = False,
) -> Imported:
    """Write the state and all that is derived from it, with keys that are here.

    Parameters:
        own: the key for machines that are not reached with the cluster's; None for what ssh finds.
        everywhere: use it for all of them.
    """

    def here(endpoint: Endpoint) -> Endpoint:
        foreign = everywhere or endpoint.key_file is None
        return dataclasses.replace(endpoint, key_file=own if foreign else store.private_key)

    machines = {
        name: dataclasses.replace(record, endpoint=here(record.endpoint))
        for name, record in state.machines.items()
    }
    cluster = Cluster.from_state(store, dataclasses.replace(state, machines=machines))
    servers = StaticDriver()
    for name, record in machines.items():
        if Found(cluster, name).driver == servers.name:
            servers.remember(cluster.spec, name, record.spec.index, record.endpoint)
    cluster.save()
    return Imported(cluster, bundle, [n for n, r in machines.items() if not r.endpoint.key_file])


def _as_servers(state: ClusterState) -> ClusterState:
    """The same nodes in the same roles, none of them made by provision."""
    shape = Shape(**state.shape)
    sans = {entry.name: entry.tls_sans for entry in shape.named}
    named = [
        Named(
            name=spec.name,
            index=spec.index,
            driver=StaticDriver.name,
            options=_reach(state.machines[spec.name].endpoint),
            tls_sans=sans.get(spec.name, ()),
        )
        for spec in shape.specs(state.cluster)
    ]
    # The roles go by index.
    servers = dataclasses.replace(
        shape, nodes=0, numbers=(), named=named, leaders=shape.manager_indexes
    )
    return dataclasses.replace(
        state,
        driver=StaticDriver.name,
        driver_options={},
        shape=dataclasses.asdict(servers),
    )


def _with_key(state: ClusterState, key: Path | None) -> ClusterState:
    """With a key that is here said of adopted servers, for the next time they are adopted."""
    if key is None:
        return state
    named = [
        {**entry, "options": {**entry["options"], "key": str(key)}}
        if entry["driver"] == StaticDriver.name
        else entry
        for entry in state.shape.get("named", ())
    ]
    return dataclasses.replace(state, shape={**state.shape, "named": named})


def _reach(endpoint: Endpoint) -> dict[str, str]:
    return {
        "address": endpoint.address,
        "user": endpoint.user,
        "port": str(endpoint.port),
        "cluster-address": endpoint.cluster_address,
    }


def _refuse_other(store: ClusterStore, bundle: Bundle, *, take_over: bool) -> None:
    """Refuse to write over another cluster, or over this one where it is at home."""
    if store.read() is None:
        return
    origin = origins.read(store)
    known = origin.identity if origin else store.ensure_identity()
    if known != bundle.origin.identity:
        whose = f"another cluster '{store.name}', " + (
            f"imported from {origin.home}" if origin else "which is at home here"
        )
        raise UsageError(
            f"there is {whose}; nothing was changed",
            hint="import into another workspace: PROVISION_DIR=FOLDER provision cluster import ...",
        )
    if origin is None and not take_over:
        raise UsageError(
            f"cluster '{store.name}' is at home here: there is nothing to import",
            hint="--take-over puts back the state that was exported",
        )


def _clear(store: ClusterStore) -> None:
    """Take away what an earlier import left; the state first, so that a kill leaves no half one."""
    store.forget_state()
    for path in store.directory.iterdir():
        if path.name == "lock":
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _home_only(path: str) -> bool:
    """Whether only the cluster's home needs it: authorities' and servers' keys, whom it lets in."""
    signs = path.startswith(("tls/", "consul/")) and path.endswith("-key.pem")
    return signs or path == "id" or path.startswith(_HOME_ONLY)
