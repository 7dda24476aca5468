"""A cluster's certificates: made when missing, made anew before they expire or stop to fit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from provision.cluster import certificates
from provision.cluster.certificates import Pair
from provision.cluster.cluster import Cluster
from provision.cluster.engine_address import engine_address
from provision.cluster.sharing.grants import Grants
from provision.errors import UsageError
from provision.machines.store import ClusterStore

RENEW_BEFORE = 30.0
"""Days before a certificate expires from which on `up` and `regenerate-certs` replace it."""


Write = Callable[[Path, str], None]
"""Writes a file whole, readable by its owner only."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where a cluster's certificates lie; the names are those that Docker's client looks for.

    Parameters:
        directory: what DOCKER_CERT_PATH names: ca.pem, cert.pem, key.pem.
    """

    directory: Path

    @classmethod
    def of(cls, store: ClusterStore) -> TlsFiles:
        return cls(store.directory / "tls")

    @property
    def authority(self) -> tuple[Path, Path]:
        """Certificate and key."""
        return self.directory / "ca.pem", self.directory / "ca-key.pem"

    @property
    def accepted(self) -> Path:
        """The authorities whose clients engines let in: the cluster's, and people's own."""
        return self.directory / "clients.pem"

    @property
    def client(self) -> tuple[Path, Path]:
        """Certificate and key."""
        return self.directory / "cert.pem", self.directory / "key.pem"

    def server(self, machine: str) -> tuple[Path, Path]:
        """Certificate and key."""
        folder = self.directory / "servers"
        return folder / f"{machine}.pem", folder / f"{machine}-key.pem"

    @staticmethod
    def read(paths: tuple[Path, Path]) -> Pair | None:
        """A certificate and its key; None if one of them is missing."""
        try:
            return Pair(*(path.read_text(encoding="ascii") for path in paths))
        except FileNotFoundError:
            return None

    @staticmethod
    def certificate(paths: tuple[Path, Path]) -> Pair | None:
        """A certificate alone: where a cluster was imported, not all keys are."""
        try:
            return Pair(paths[0].read_text(encoding="ascii"), "")
        except FileNotFoundError:
            return None

    @staticmethod
    def write(write: Write, paths: tuple[Path, Path], pair: Pair) -> None:
        """Replace both files; readable by the owner only."""
        for path, text in zip(paths, (pair.certificate, pair.key), strict=True):
            write(path, text)


@dataclass(frozen=True, slots=True)
class Issued:
    """What was made anew.

    Parameters:
        servers: names of machines.
    """

    authority: bool
    client: bool
    servers: Sequence[str]


@dataclass(frozen=True, slots=True)
class Expiry:
    """One certificate's remaining days, negative once it has expired.

    Parameters:
        misses: an address or name of the machine that the certificate does not have.
    """

    what: str
    days: float
    misses: str = ""

    @property
    def sound(self) -> bool:
        return self.days > 0 and not self.misses

    def __str__(self) -> str:
        if self.misses:
            return f"the certificate of {self.what} is not for {self.misses}"
        if self.days <= 0:
            return f"the certificate of {self.what} expired {-self.days:.0f} days ago"
        return f"the certificate of {self.what} is valid for {self.days:.0f} more days"


def server_names(cluster: Cluster, machine: str) -> list[str]:
    """All that clients may call a machine by."""
    endpoint = cluster.endpoints[machine]
    sans = {entry.name: entry.tls_sans for entry in cluster.shape.named}
    names = [machine, endpoint.address, endpoint.cluster_address, "localhost", "127.0.0.1"]
    return list(dict.fromkeys(filter(None, [*names, *sans.get(machine, ())])))


def ensure(cluster: Cluster, *, renew: Collection[str] = (), renew_client: bool = False) -> Issued:
    """Make what is missing, expires soon or no longer fits; the nodes get it by a play.

    Parameters:
        renew: machines that get a new certificate in any case.
        renew_client: make the authority and the client's certificate anew, and therefore all.

    Raises:
        UsageError: the authority's key is lost.
    """
    files = TlsFiles.of(cluster.store)
    if not renew_client:
        refuse_lost_key(
            files,
            "put it back, or have another authority for all machines: "
            "provision machine regenerate-certs --client-certs NODE",
        )
    authority = None if renew_client else files.read(files.authority)
    new_authority = authority is None or authority.days_left() < RENEW_BEFORE
    if authority is None or new_authority:
        authority = certificates.new_authority(f"provision {cluster.name}")
        files.write(cluster.store.write_file, files.authority, authority)
    client = files.read(files.client)
    new_client = client is None or not _fresh(client, authority)
    if new_client:
        made = certificates.new_client(authority, f"{cluster.name} operator")
        files.write(cluster.store.write_file, files.client, made)
    issued = []
    for machine in cluster.endpoints:
        names = server_names(cluster, machine)
        pair = files.read(files.server(machine))
        fits = pair is not None and _fresh(pair, authority) and pair.names == set(names)
        if not fits or machine in renew:
            pair = certificates.new_server(authority, names)
            files.write(cluster.store.write_file, files.server(machine), pair)
            issued.append(machine)
    _accept(cluster.store, files, authority)
    variables = {
        "docker_tls": True,
        "docker_tls_files": str(files.directory),
        "docker_tls_clients": files.accepted.name,
    }
    cluster.store.write_file(_variables(cluster.store), yaml.safe_dump(variables))
    return Issued(new_authority, new_client, issued)


def forget(store: ClusterStore, machine: str) -> None:
    """Remove a machine's certificate and key."""
    for path in TlsFiles.of(store).server(machine):
        path.unlink(missing_ok=True)


def expiries(cluster: Cluster) -> list[Expiry]:
    """The authority's, the client's and each machine's certificate; empty where there are none."""
    files = TlsFiles.of(cluster.store)
    found = []
    for what, paths in (("the authority", files.authority), ("the client", files.client)):
        if pair := files.certificate(paths):
            found.append(Expiry(what, pair.days_left()))
    for machine in cluster.endpoints:
        if pair := files.certificate(files.server(machine)):
            missing = [name for name in server_names(cluster, machine) if name not in pair.names]
            found.append(Expiry(machine, pair.days_left(), ", ".join(missing)))
    return found


def client_files(cluster: Cluster, machine: str) -> TlsFiles:
    """The files to reach a machine's engine with, once they are sure to work.

    Raises:
        UsageError: they are missing, expired, or not for the address it has now.
    """
    hint = f"provision machine regenerate-certs {machine}"
    files = TlsFiles.of(cluster.store)
    if files.read(files.client) is None or files.certificate(files.server(machine)) is None:
        raise UsageError(f"{machine} has no certificates yet", hint=hint)
    for expiry in expiries(cluster):
        if expiry.what in ("the authority", "the client", machine) and not expiry.sound:
            raise UsageError(str(expiry), hint=hint)
    if not engine_address(cluster.endpoints[machine]):
        raise UsageError(f"{machine} has no address", hint="`provision status` shows the machines")
    return files


def refuse_lost_key(files: TlsFiles, hint: str) -> None:
    """Refuse to put another authority in the place of one whose key is not here.

    Raises:
        UsageError: the certificate is there and the key is not.
    """
    certificate, key = files.authority
    if certificate.exists() and not key.exists():
        raise UsageError(
            f"the key of the authority {certificate} is missing: nothing can be signed",
            hint=hint,
        )


def _accept(store: ClusterStore, files: TlsFiles, authority: Pair) -> None:
    grants = Grants(store)
    if not files.accepted.exists():
        grants.refill()
    store.write_file(files.accepted, authority.certificate + grants.authorities())


def _fresh(pair: Pair, authority: Pair) -> bool:
    return pair.days_left() >= RENEW_BEFORE and pair.issued_by(authority)


def _variables(store: ClusterStore) -> Path:
    return store.secrets.with_name("tls.yml")
