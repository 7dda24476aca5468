"""The file of a swarm's backup: a manager's state, and what it is of.

It is an ordinary tar.gz, so that it can be put back without provision too: ``backup.json`` first,
then the directory ``swarm`` as Docker has it below its data directory. What has to be in it:
https://docs.docker.com/engine/swarm/admin_guide/#back-up-the-swarm
"""

from __future__ import annotations

import dataclasses
import gzip
import io
import json
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from provision.cluster.swarm.identity import CERTIFICATE, KEY, MANAGER, SEALED, identity_of
from provision.errors import MachineError, UsageError
from provision.inventory.vault import is_encrypted

if TYPE_CHECKING:
    from pathlib import Path

    from provision.inventory.vault import Vault

DIRECTORY = "swarm"
_ABOUT = "backup.json"
_CERTIFICATE = f"{DIRECTORY}/{CERTIFICATE}"
_KEY = f"{DIRECTORY}/{KEY}"
_WHOLE = (_CERTIFICATE, _KEY, "swarm/certificates/swarm-root-ca.crt")
_LOG = "swarm/raft/wal-v3-encrypted/"

ADDRESSES = ("docker-state.json", "state.json")
"""In the directory, what the node knew of its own address and of other managers'."""


@dataclass(frozen=True, slots=True)
class About:
    """What a backup is of.

    Parameters:
        cluster: provision's name.
        swarm, node: identities that the swarm gave.
        host: the manager whose state it is.
        address: where other nodes found it.
        engine: the version of its Docker.
        taken: when, in UTC, as ISO 8601.
        locked: whether the unlock key is needed to read it.
        running: whether the Engine ran while it was taken.
        nodes: host names of all nodes that the swarm had.
        expires: when the node's certificate does, as ISO 8601.
    """

    cluster: str
    swarm: str
    node: str
    host: str
    address: str
    engine: str
    taken: str
    nodes: Sequence[str] = ()
    running: bool = False
    locked: bool = False
    expires: str = ""

    def lines(self) -> list[str]:
        """For whoever wants to know."""
        return [
            f"swarm        {self.swarm}",
            f"manager      {self.host} at {self.address} ({self.node}), Docker {self.engine}",
            f"taken        {self.taken}",
            f"nodes        {', '.join(self.nodes) or 'not known'}",
            f"certificate  valid until {self.expires}",
            f"unlock key   {'needed: the swarm locks its managers' if self.locked else 'none'}",
        ]


def pack(state: IO[bytes], about: About, target: IO[bytes]) -> None:
    """Write a backup.

    Parameters:
        state: a tar.gz with the directory, as it comes from the node.

    Raises:
        MachineError: it is no such archive.
    """
    try:
        with (
            _opened(state) as source,
            tarfile.open(fileobj=target, mode="w:gz", compresslevel=6) as out,
        ):
            told = json.dumps(dataclasses.asdict(about), indent=2).encode()
            entry = tarfile.TarInfo(_ABOUT)
            entry.size, entry.mode = len(told), 0o600
            out.addfile(entry, io.BytesIO(told))
            for member in source:
                out.addfile(member, source.extractfile(member) if member.isreg() else None)
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise MachineError(f"what came from the node is no whole archive: {error}") from error


def content(file: Path, vault: Vault | None = None) -> bytes:
    """A backup's archive, decrypted if the file is encrypted.

    Raises:
        UsageError: it cannot be read.
        DataError: it is encrypted, and no password fits.
    """
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error
    if not is_encrypted(raw):
        return raw
    from provision.inventory.vault import Vault

    return (vault or Vault({})).decrypt_bytes(raw)


def describe(archive: bytes) -> About:
    """What a backup is of, once all of it was read and is what it says it is.

    Raises:
        MachineError: it is damaged, incomplete, or another thing.
    """
    names, read = _read_through(archive)
    if _ABOUT not in read:
        raise MachineError(
            "this is no backup of `provision swarm backup`",
            hint="one that was made by hand is put back by hand: "
            "https://docs.docker.com/engine/swarm/admin_guide/#restore-from-a-backup",
        )
    missing = [name for name in _WHOLE if name not in read]
    if not any(name.startswith(_LOG) and name.endswith(".wal") for name in names):
        missing.append(f"{_LOG}*.wal")
    if missing:
        raise MachineError(f"the backup is not whole: it lacks {', '.join(missing)}")
    about = _about(read[_ABOUT])
    found = identity_of(read[_CERTIFICATE])
    if (found.swarm, found.node, found.role) != (about.swarm, about.node, MANAGER):
        raise MachineError(
            f"the backup says it is of manager {about.node} of swarm {about.swarm}, but holds "
            f"the certificate of {found.role} {found.node} of {found.swarm}"
        )
    return dataclasses.replace(
        about,
        locked=SEALED.encode() in read[_KEY],
        nodes=tuple(about.nodes),
        expires=found.expires.isoformat(timespec="seconds"),
    )


def _about(text: bytes) -> About:
    known = {field.name for field in dataclasses.fields(About)}
    try:
        told: dict[str, Any] = json.loads(text)
        return About(**{key: value for key, value in told.items() if key in known})
    except (ValueError, TypeError, AttributeError) as error:
        raise MachineError(f"the backup's {_ABOUT} cannot be understood: {error}") from error


@contextmanager
def _opened(file: IO[bytes]) -> Iterator[tarfile.TarFile]:
    """A tar.gz to be read in order; at its end all was there, and as it was written."""
    with gzip.GzipFile(fileobj=file) as plain:
        with tarfile.open(fileobj=plain, mode="r|") as tar:
            yield tar
        while plain.read(1 << 20):  # the checksum comes last
            pass


def _read_through(archive: bytes) -> tuple[list[str], dict[str, bytes]]:
    """The names of all files, and the content of the small ones that matter."""
    names: list[str] = []
    read: dict[str, bytes] = {}
    try:
        with _opened(io.BytesIO(archive)) as tar:
            for member in tar:
                names.append(member.name)
                if not member.isreg():
                    continue
                opened = tar.extractfile(member)
                assert opened is not None
                wanted = member.name in (_ABOUT, *_WHOLE)
                while chunk := opened.read(1 << 20):
                    if wanted:
                        read[member.name] = read.get(member.name, b"") + chunk
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise MachineError(f"the backup is damaged: {error}") from error
    return names, read
