"""Where an imported cluster is at home: in the workspace that changes its nodes."""

from __future__ import annotations

import dataclasses
import getpass
import json
import socket
from dataclasses import dataclass
from datetime import UTC, datetime

from provision.errors import DataError, Location
from provision.machines.store import ClusterStore


@dataclass(frozen=True, slots=True)
class Origin:
    """Parameters:
    identity: of the cluster at home.
    home: ``user@host:folder``, for people.
    exported: when, ISO 8601.
    person: whose access it is; empty for the operator's own.
    """

    identity: str
    home: str
    exported: str
    person: str = ""

    @classmethod
    def here(cls, store: ClusterStore, person: str = "") -> Origin:
        """Of a cluster that is at home in this workspace, now."""
        workspace = store.directory.parent.parent
        return cls(
            identity=store.ensure_identity(),
            home=f"{_user()}@{socket.gethostname()}:{workspace}",
            exported=datetime.now(UTC).isoformat(timespec="seconds"),
            person=person,
        )

    def __str__(self) -> str:
        whose = f", as access for {self.person}" if self.person else ""
        return f"{self.home} on {self.exported[:16].replace('T', ' ')} UTC{whose}"


def read(store: ClusterStore) -> Origin | None:
    """Where the cluster came from; None if it is at home here.

    Raises:
        DataError: the file cannot be understood.
    """
    try:
        return Origin(**json.loads(store.imported.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise DataError(
            f"it does not say where the cluster was imported from: {error}",
            at=Location(str(store.imported)),
            hint="import the cluster again",
        ) from error


def write(store: ClusterStore, origin: Origin) -> None:
    """Note where the cluster came from."""
    store.write_file(store.imported, json.dumps(dataclasses.asdict(origin), indent=2) + "\n")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some CI jobs
        return "somebody"
