"""What an exported cluster holds, and that it holds nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from provision.cluster.sharing.origin import Origin
from provision.errors import DataError
from provision.machines import state as states
from provision.machines.driver import Endpoint
from provision.machines.state import ClusterState

# Below the cluster's directory, no hidden names: an export may come from anybody.
_WORD = r"[A-Za-z0-9_@][A-Za-z0-9_.@-]*"
_PATH = re.compile(
    r"id|id_ed25519(?:\.pub)?|group_vars/all/secrets\.yml"
    rf"|host_vars/{_WORD}\.yml|(?:tls|consul|grants)/(?:{_WORD}/)*{_WORD}"
)
# What goes into ssh's and Ansible's files as it is.
_PLAIN = re.compile(r"[A-Za-z0-9_.:@\[\]%-]*")
_HOST_KEY = re.compile(r"[a-z0-9@.-]+ [A-Za-z0-9+/]+=*")
_LOCAL_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")

SECRETS = "group_vars/all/secrets.yml"


@dataclass(frozen=True, slots=True)
class Bundle:
    """An exported cluster.

    Parameters:
        state: with paths that mean nothing elsewhere taken out.
        files: path below the cluster's directory -> content.
        ssh_keys: public keys that the person brought; empty where the private one is in ``files``.
    """

    origin: Origin
    state: ClusterState
    files: Mapping[str, str]
    ssh_keys: tuple[str, ...] = ()

    def dump(self) -> bytes:
        """As JSON."""
        document = {
            "origin": {name: getattr(self.origin, name) for name in self.origin.__slots__},
            "state": states.dump(self.state),
            "files": dict(self.files),
            "ssh_keys": list(self.ssh_keys),
        }
        return json.dumps(document).encode()

    @classmethod
    def load(cls, data: bytes) -> Bundle:
        """From JSON; refuses what an export does not hold.

        Raises:
            DataError: it is not what this provision exports.
        """
        try:
            document = json.loads(data)
            found = cls(
                Origin(**document["origin"]),
                states.load(document["state"]),
                {str(path): str(text) for path, text in document["files"].items()},
                tuple(map(str, document["ssh_keys"])),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"the export does not hold what it should: {error}") from None
        for path in found.files:
            if not _PATH.fullmatch(path):
                raise DataError(f"the export holds a file that does not belong there: {path!r}")
        for name, record in found.state.machines.items():
            _check_endpoint(name, record.endpoint)
        _check_secrets(found.files.get(SECRETS, ""))
        return found


def _check_endpoint(machine: str, endpoint: Endpoint) -> None:
    texts = [machine, endpoint.address, endpoint.cluster_address, *endpoint.jump_hosts]
    sound = (
        all(_PLAIN.fullmatch(text) and not text.startswith("-") for text in texts)
        and _LOCAL_USER.fullmatch(endpoint.user)
        and all(_HOST_KEY.fullmatch(key) for key in endpoint.host_keys)
    )
    if not sound or not isinstance(endpoint.port, int):
        raise DataError(f"the export says of machine {machine!r} what cannot be written down")


def _check_secrets(text: str) -> None:
    """They become variables: an expression in them would be evaluated here."""
    try:
        document = yaml.safe_load(text) or {}
    except yaml.YAMLError:
        document = None
    if not isinstance(document, dict) or any(
        not isinstance(part, str) or "{{" in part or "{%" in part
        for pair in document.items()
        for part in pair
    ):
        raise DataError("the export's secrets are not plain texts")
