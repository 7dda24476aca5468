"""`provision cluster export`: all that somebody else needs, in one sealed text."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from provision.cluster.cluster import Cluster
from provision.cluster.sharing import sealed
from provision.cluster.sharing.bundle import SECRETS, Bundle
from provision.cluster.sharing.grants import Grant, Grants
from provision.cluster.sharing.origin import Origin
from provision.errors import UsageError
from provision.machines.driver import Endpoint
from provision.machines.state import ClusterState

CLUSTER_KEY = "id_ed25519"
"""What ``key_file`` is in an export for the cluster's own key."""

_OWN = ("id", CLUSTER_KEY, f"{CLUSTER_KEY}.pub", SECRETS)
_FOLDERS = ("host_vars", "tls", "consul", "grants")


@dataclass(frozen=True, slots=True)
class Exported:
    """Parameters:
    text: sealed.
    own_keys: machines that are reached with a key of the operator's own, which is not exported.
    """

    cluster: Cluster
    text: str
    own_keys: Sequence[str]


def export(workspace: Path, name: str, passphrase: str, person: str | None = None) -> Exported:
    """Seal a cluster for somebody else.

    Parameters:
        person: whose access goes into it, as granted: their keys instead of the operator's, and no
            authority's. None: everything, so that the cluster can also be taken over.

    Raises:
        UsageError: the cluster is not complete or at home elsewhere, nobody of that name has
            access, or the passphrase is too short.
    """
    with Cluster.open(workspace, name).store.lock():
        cluster = Cluster.open(workspace, name)
        cluster.require_machines()
        state = cluster.store.read()
        assert state is not None
        origin = Origin.here(cluster.store, person or "")
        if person is None:
            bundle = Bundle(origin, _portable(state, cluster), dict(_everything(cluster)))
        else:
            grant = Grants(cluster.store).find(person)
            if grant.revoked:
                raise UsageError(f"the access of '{person}' is revoked")
            brought = () if grant.private_key.exists() else tuple(grant.ssh_keys)
            files = dict(_for_person(cluster, grant))
            bundle = Bundle(origin, _portable(state, None), files, brought)
        own = [] if person else [n for n, e in cluster.endpoints.items() if _foreign(e, cluster)]
        return Exported(cluster, sealed.seal(bundle.dump(), passphrase), own)


def _portable(state: ClusterState, cluster: Cluster | None) -> ClusterState:
    """Without paths of this machine.

    Parameters:
        cluster: whose key stays named; None for a person who has another one.
    """

    def key(endpoint: Endpoint) -> Path | None:
        keep = cluster is not None and not _foreign(endpoint, cluster)
        return Path(CLUSTER_KEY) if keep else None

    machines = {
        name: dataclasses.replace(
            record,
            spec=dataclasses.replace(record.spec, options=_without_key(record.spec.options)),
            endpoint=dataclasses.replace(record.endpoint, key_file=key(record.endpoint)),
        )
        for name, record in state.machines.items()
    }
    shape = dict(state.shape)
    shape["named"] = [
        {**entry, "options": _without_key(entry.get("options", {}))}
        for entry in shape.get("named", ())
    ]
    return dataclasses.replace(state, shape=shape, machines=machines)


def _foreign(endpoint: Endpoint, cluster: Cluster) -> bool:
    return endpoint.key_file != cluster.store.private_key


def _without_key(options: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in options.items() if name != "key"}


def _everything(cluster: Cluster) -> Iterator[tuple[str, str]]:
    root = cluster.store.directory
    paths = [root / name for name in _OWN]
    for folder in _FOLDERS:
        paths += sorted((root / folder).rglob("*"))
    for path in paths:
        if path.is_file():
            yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")


def _for_person(cluster: Cluster, grant: Grant) -> Iterator[tuple[str, str]]:
    """What nobody could use to let others in, or themselves once they are shut out."""
    root = cluster.store.directory
    shared = [root / SECRETS, root / "tls" / "ca.pem", *(root / "tls" / "servers").glob("*.pem")]
    shared += [root / "consul" / name for name in ("ca.pem", "cert.pem", "key.pem")]
    for path in shared:
        if path.is_file() and not path.name.endswith("-key.pem"):
            yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")
    own = dict(zip(("tls/cert.pem", "tls/key.pem"), grant.certificate, strict=True))
    if grant.private_key.exists():
        own[CLUSTER_KEY] = grant.private_key
    for name, path in own.items():
        yield name, path.read_text(encoding="utf-8")
