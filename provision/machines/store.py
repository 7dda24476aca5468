"""A cluster's directory: all that provision remembers of it, in files that other tools read too.

.provision/clusters/NAME/           0700
    state.json                      what was declared and made
    id                              random; tells it from others of its name
    id_ed25519, id_ed25519.pub      the cluster's SSH key pair
    known_hosts, ssh_config         ``ssh -F .../ssh_config MACHINE`` works
    inventory.yml                   ``ansible-inventory -i`` works
    group_vars/all/secrets.yml      0600
    group_vars/all/tls.yml          where nodes' certificates are
    host_vars/MACHINE.yml           what was said of one machine's engine
    tls/                            authority, client and server certificates with their keys
    grants/NAME/                    one person's access: SSH key, authority, client certificate
    imported.json                   where it is at home, if that is not here
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import yaml

from provision.errors import DataError, Location, UsageError
from provision.machines import places, ssh_files, state
from provision.machines.driver import Endpoint
from provision.machines.filelock import file_lock
from provision.machines.state import ClusterState, MachineRecord

__all__ = ["ClusterState", "ClusterStore", "MachineRecord"]

# A machine's name is NAME-node-N and must be a host name, 63 characters at most.
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


class ClusterStore:
    """One cluster's files.

    Parameters:
        root: the ``.provision`` folder; need not exist yet.
        name: the cluster's.

    Raises:
        UsageError: the name could not be part of a host name.
    """

    def __init__(self, root: Path, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"a cluster cannot be named {name!r}",
                hint="lower-case letters, digits and inner hyphens, at most 40: "
                "its machines' host names begin with it",
            )
        self.name = name
        self.directory = places.cluster_folder(root, name)
        self.state_file = self.directory / "state.json"
        self.identity_file = self.directory / "id"
        self.private_key = self.directory / "id_ed25519"
        self.public_key = self.directory / "id_ed25519.pub"
        self.known_hosts = self.directory / "known_hosts"
        self.ssh_config = self.directory / "ssh_config"
        self.inventory = self.directory / places.INVENTORY
        self.owed_handlers = self.directory / places.OWED_HANDLERS
        self.secrets = self.directory / "group_vars" / "all" / "secrets.yml"
        self.imported = self.directory / "imported.json"

    @staticmethod
    def names(root: Path) -> list[str]:
        """The clusters below a ``.provision`` folder that have a state, sorted."""
        return places.cluster_names(root)

    @contextmanager
    def lock(self, *, imported: bool = False) -> Iterator[None]:
        """Keep every other provision process off this cluster, to change it or its nodes.

        Nothing stays of a directory that did not exist before, unless a state was written.

        Parameters:
            imported: also a cluster that is at home elsewhere.

        Raises:
            UsageError: another one works on it, naming its process id; or it is at home elsewhere.
        """

        def busy(pid: str) -> None:
            raise UsageError(
                f"another provision (process {pid}) is working on cluster '{self.name}'",
                hint=f"wait until it has finished, or look at it: ps -fp {pid}",
            )

        if self.imported.exists() and not imported:
            raise self._away()
        folders = (self.directory, self.directory.parent, self.directory.parent.parent)
        absent = [folder for folder in folders if not folder.exists()]
        self._make_directory()
        with file_lock(self.directory / "lock", busy):
            try:
                yield
            finally:
                if self.directory in absent and not self.state_file.exists():
                    self.remove()
                    for folder in absent[1:]:
                        with suppress(OSError):  # in use by another cluster by now
                            folder.rmdir()

    def read(self) -> ClusterState | None:
        """The state, or None if nothing was declared yet.

        Raises:
            DataError: the file cannot be understood, with how to go on without it.
        """
        try:
            content = self.state_file.read_bytes()
        except FileNotFoundError:
            return None
        at = Location(str(self.state_file))
        try:
            return state.load(content.decode())
        except state.StateVersionError as error:
            raise DataError(
                f"the state of cluster '{self.name}' was written by a later provision: {error}",
                at=at,
                hint="use that version",
            ) from error
        except ValueError as error:
            if isinstance(error, json.JSONDecodeError):
                at = Location(str(self.state_file), error.lineno, error.colno)
            raise DataError(
                f"the state of cluster '{self.name}' is damaged: {error}",
                at=at,
                hint="remove that file and run `provision up` as before: "
                "machines that exist are found again by their labels",
            ) from error

    def write(self, new: ClusterState) -> None:
        """Replace the state; a reader sees the old or the new one, whole."""
        self._write(self.state_file, state.dump(new))

    def forget_state(self) -> None:
        """Remove the state alone: keys and identity still fit machines that exist."""
        self.state_file.unlink(missing_ok=True)

    def ensure_identity(self) -> str:
        """What tells this cluster from others of its name; made on first use, then kept."""
        with suppress(FileNotFoundError):
            if known := self.identity_file.read_text(encoding="ascii", errors="replace").strip():
                return known
        made = secrets.token_hex(16)
        self._write(self.identity_file, made + "\n")
        return made

    def ensure_keypair(self) -> str:
        """The cluster's public key, in one line; makes the pair on first use.

        Raises:
            DataError: the private key is damaged.
        """
        comment = f"provision-{self.name}"
        try:
            private = self.private_key.read_text(encoding="ascii")
        except FileNotFoundError:
            private = ssh_files.new_private_key()
            self._write(self.private_key, private)
            self.public_key.unlink(missing_ok=True)
        if self.public_key.exists():
            return self.public_key.read_text(encoding="ascii").strip()
        try:
            public = ssh_files.public_half(private, comment)
        except ValueError as error:
            raise DataError(
                "the cluster's SSH key is damaged",
                at=Location(str(self.private_key)),
                hint="remove it and run `provision up`: it makes another and authorizes it",
            ) from error
        self._write(self.public_key, public + "\n")
        return public

    def write_known_hosts(self, endpoints: Mapping[str, Endpoint]) -> None:
        """Pin the machines' host keys.

        Parameters:
            endpoints: by machine name.
        """
        self._write(self.known_hosts, ssh_files.known_hosts_text(endpoints))

    def write_ssh_config(self, endpoints: Mapping[str, Endpoint]) -> None:
        """Write what ``ssh -F`` reads.

        Parameters:
            endpoints: by machine name.
        """
        self._write(self.ssh_config, ssh_files.ssh_config_text(endpoints, self.known_hosts))

    def write_inventory(self, text: str) -> None:
        """Write the inventory, given as YAML."""
        self._write(self.inventory, text)

    def read_secrets(self) -> dict[str, str]:
        """The cluster's secrets; empty if there are none yet.

        Raises:
            DataError: the file is not a YAML mapping, or is encrypted.
        """
        at = Location(str(self.secrets))
        try:
            text = self.secrets.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        if text.startswith("$ANSIBLE_VAULT"):
            raise DataError(
                "the cluster's secrets are encrypted", at=at, hint="ansible-vault decrypt it first"
            )
        try:
            document = yaml.safe_load(text) or {}
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f" (line {mark.line + 1})" if mark else ""
            # No line in the location, no parser's message, no cause: all would quote the secrets.
            raise DataError(f"the cluster's secrets are not YAML{where}", at=at) from None
        if not isinstance(document, dict):
            raise DataError("the cluster's secrets are not a mapping", at=at)
        return {str(key): str(value) for key, value in document.items()}

    def write_secrets(self, secrets: Mapping[str, str]) -> None:
        """Replace the cluster's secrets; readable by the owner only."""
        self.secrets.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._write(self.secrets, yaml.safe_dump(dict(secrets), default_flow_style=False))

    def write_file(self, path: Path, text: str) -> None:
        """Replace a file below the cluster's directory; readable by the owner only."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._write(path, text)

    def remove(self) -> None:
        """Forget the cluster: its directory with all that is in it."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self.directory)

    def _away(self) -> UsageError:
        with suppress(OSError, ValueError, KeyError):
            home = str(json.loads(self.imported.read_text(encoding="utf-8"))["home"])
            return UsageError(
                f"cluster '{self.name}' was imported: what changes its nodes is done where it is "
                f"at home, {home}",
                hint="if that is gone for good, make this its home: provision cluster import "
                "--take-over FILE",
            )
        return UsageError(f"cluster '{self.name}' was imported", hint="import it again")

    def _make_directory(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o700)

    def _write(self, path: Path, text: str) -> None:
        """Whole or not at all, even if power fails; always 0600."""
        self._make_directory()
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
