"""Who is let in beside the cluster's operator: SSH keys and a client certificate for each.

dockerd reads no revocation lists (https://github.com/moby/moby/issues/27778): it lets in whomever
an authority in its file has signed for. So everybody gets an authority of their own, which signs
nothing but their certificates; what revokes them is to take it out of the file, and nobody else
notices. dockerd reads that file only when it starts. A few spare authorities are therefore in it
from the beginning, so that letting somebody in restarts nothing.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from provision.cluster import certificates
from provision.cluster.certificates import Pair
from provision.errors import UsageError, did_you_mean
from provision.machines import ssh_files
from provision.machines.store import ClusterStore

SPARES = 4

RENEW_BEFORE = 30.0
"""Days before a person's certificate expires from which on granting again makes a new one."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


@dataclass(frozen=True, slots=True)
class Grant:
    """One person's, or one CI job's, access.

    Parameters:
        folder: where its files are.
        ssh_keys: public, ``type base64``.
        revoked: it is being taken away, and not every node has confirmed that yet.
    """

    name: str
    folder: Path
    ssh_keys: Sequence[str]
    revoked: bool

    @property
    def certificate(self) -> tuple[Path, Path]:
        """The client's certificate and key."""
        return self.folder / "cert.pem", self.folder / "key.pem"

    @property
    def private_key(self) -> Path:
        """The SSH key that was made here; absent if the person brought one."""
        return self.folder / "id_ed25519"

    @property
    def days_left(self) -> float:
        """Days until the client certificate expires."""
        return _read(*self.certificate).days_left()


class Grants:
    """A cluster's grants, in files of its directory."""

    def __init__(self, store: ClusterStore) -> None:
        self._store = store
        self._folder = store.directory / "grants"
        self._spares = store.directory / "tls" / "spare"

    def every(self) -> list[Grant]:
        """All, by name; those that are being revoked too."""
        return [self._load(path.parent) for path in sorted(self._folder.glob("*/id.pub"))]

    def find(self, name: str) -> Grant:
        """The grant of that name.

        Raises:
            UsageError: there is none.
        """
        known = {grant.name: grant for grant in self.every()}
        if name not in known:
            raise UsageError(
                f"nobody called '{name}' has access to cluster '{self._store.name}'",
                hint=did_you_mean(name, known)
                or (f"there are: {', '.join(known)}" if known else "`provision cluster grant`"),
            )
        return known[name]

    def add(self, name: str, ssh_keys: Sequence[str] = ()) -> Grant:
        """Let somebody in, or bring their access up to date: other keys, a fresh certificate.

        Parameters:
            ssh_keys: public ones; none for a pair made here, or those known already.

        Raises:
            UsageError: an impossible name, a revocation not finished, a key that is another's.
        """
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"{name!r} cannot be a name here",
                hint="letters, digits and . _ @ -, at most 64, a letter or digit first",
            )
        known = {grant.name: grant for grant in self.every()}
        mine = known.pop(name, None)
        if mine is not None and mine.revoked:
            raise UsageError(
                f"the revocation of '{name}' is not finished",
                hint=f"`provision cluster revoke {name}` finishes it; then grant again",
            )
        taken = {key: other.name for other in known.values() for key in other.ssh_keys}
        taken[" ".join(self._store.ensure_keypair().split()[:2])] = "the cluster itself"
        for key in ssh_keys:
            if key in taken:
                raise UsageError(
                    f"that SSH key belongs to {taken[key]} already: one name, one key",
                    hint="or revoking one would not shut the other out",
                )
        folder = self._folder / name
        self._certify(name, folder)
        self._write_ssh(name, folder, ssh_keys, known=mine is not None)
        self.write_variables()
        return self._load(folder)

    def mark_revoked(self, grant: Grant) -> None:
        """From now on no node is told to let them in."""
        self._store.write_file(grant.folder / "revoked", "")
        self.write_variables()

    def forget(self, grant: Grant) -> None:
        """Remove all files of a grant."""
        shutil.rmtree(grant.folder)

    def authorities(self) -> str:
        """What dockerd has to trust beside the cluster's authority: PEM."""
        paths = [grant.folder / "ca.pem" for grant in self.every() if not grant.revoked]
        paths += sorted(self._spares.glob("*-ca.pem"))
        return "".join(path.read_text(encoding="ascii") for path in paths)

    def refill(self) -> None:
        """Make the spare authorities that are missing; nodes have to be told of them."""
        for _ in range(SPARES - len(self._spare())):
            mark = secrets.token_hex(4)
            made = certificates.new_authority(f"{self._store.name} guest {mark}")
            # The key comes first: without it a certificate would be of no use.
            self._store.write_file(self._spares / f"{mark}-ca-key.pem", made.key)
            self._store.write_file(self._spares / f"{mark}-ca.pem", made.certificate)

    def write_variables(self) -> None:
        """What the plays read: the SSH keys, as group variables."""
        keys = [
            {"name": grant.name, "key": key}
            for grant in self.every()
            if not grant.revoked
            for key in grant.ssh_keys
        ]
        path = self._store.secrets.with_name("access.yml")
        self._store.write_file(path, yaml.safe_dump({"access_keys": keys}))

    def _certify(self, name: str, folder: Path) -> None:
        """An authority of their own, and a certificate that is good for a while."""
        authority = folder / "ca.pem", folder / "ca-key.pem"
        if not all(path.exists() for path in authority):
            if not self._spare():
                self.refill()
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Moved, the key first: however this ends, no two people get the same authority.
            for place, spare in zip(reversed(authority), reversed(self._spare()[0]), strict=True):
                spare.replace(place)
        certificate = folder / "cert.pem", folder / "key.pem"
        if all(path.exists() for path in certificate):
            pair = _read(*certificate)
            if pair.days_left() >= RENEW_BEFORE and pair.issued_by(_read(*authority)):
                return
        made = certificates.new_client(_read(*authority), name)
        self._store.write_file(certificate[1], made.key)
        self._store.write_file(certificate[0], made.certificate)

    def _spare(self) -> list[tuple[Path, Path]]:
        """Certificate and key of each spare authority."""
        keys = sorted(self._spares.glob("*-ca-key.pem"))
        pairs = [(key.with_name(key.name.replace("-ca-key", "-ca")), key) for key in keys]
        return [(certificate, key) for certificate, key in pairs if certificate.exists()]

    def _write_ssh(self, name: str, folder: Path, keys: Sequence[str], *, known: bool) -> None:
        if not keys and known:
            return
        private = folder / "id_ed25519"
        if keys:
            private.unlink(missing_ok=True)
        else:
            text = ssh_files.new_private_key()
            self._store.write_file(private, text)
            keys = (ssh_files.public_half(text, "").strip(),)
        self._store.write_file(folder / "id.pub", "".join(f"{key} {name}\n" for key in keys))

    def _load(self, folder: Path) -> Grant:
        lines = (folder / "id.pub").read_text(encoding="utf-8").splitlines()
        keys = tuple(" ".join(line.split()[:2]) for line in lines)
        return Grant(folder.name, folder, keys, (folder / "revoked").exists())


def _read(certificate: Path, key: Path) -> Pair:
    return Pair(certificate.read_text(encoding="ascii"), key.read_text(encoding="ascii"))
