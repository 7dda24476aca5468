"""Whether the host is the one whose key was pinned."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from provision.errors import Unreachable
from provision.transport.known_hosts import KnownKey, fingerprint, known_keys, lookup_name
from provision.transport.route import Hop

if TYPE_CHECKING:
    from paramiko.pkey import PKey

_RSA = ("rsa-sha2-512", "rsa-sha2-256")


def pinned(hop: Hop) -> list[KnownKey]:
    return known_keys(hop.known_hosts, hop.name, hop.port) if hop.check_key else []


def preferred_types(keys: Sequence[KnownKey], available: Sequence[str]) -> list[str]:
    """The pinned keys' types first, so that the server shows a key that can be compared."""
    wanted: list[str] = []
    for key in keys:
        wanted += _RSA if key.kind == "ssh-rsa" else (key.kind,)
    first = [kind for kind in dict.fromkeys(wanted) if kind in available]
    return first + [kind for kind in available if kind not in first]


def check(hop: Hop, shown: PKey, host: str) -> None:
    """Raises Unreachable: the key is unknown, revoked, or another than the pinned one."""
    if not hop.check_key:
        return
    keys, blob, kind = pinned(hop), shown.asbytes(), shown.get_name()
    if any(key.blob == blob and key.revoked for key in keys):
        raise Unreachable(
            f"{hop.where}: the host key {fingerprint(blob)} has been revoked", host=host
        )
    valid = [key for key in keys if not key.revoked]
    if any(key.blob == blob for key in valid):
        return
    name, file = lookup_name(hop.name, hop.port), hop.known_hosts[0]
    line = f"{name} {kind} {base64.b64encode(blob).decode()}"
    pin = f"echo {shlex.quote(line)} >> {shlex.quote(str(file))}"
    look = "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"
    if not valid:
        raise Unreachable(
            f"{hop.where}: the host key is not known: {kind} {fingerprint(blob)} is not in {file}",
            host=host,
            hint=f"compare the fingerprint with the host's own ({look} there); if they agree, add "
            f"it with:\n  {pin}",
        )
    old = valid[0]
    raise Unreachable(
        f"{hop.where}: THE HOST KEY HAS CHANGED. {old.file}:{old.line} pins {old.kind} "
        f"{fingerprint(old.blob)}; the host now shows {kind} {fingerprint(blob)}. Either the "
        "machine was reinstalled or replaced, or somebody is between you and it. Nothing was "
        "sent, no password either",
        host=host,
        hint=f"if you know why it changed, compare the fingerprint with the host's own ({look} "
        "there, on its console); if they agree, put the new key in the place of the old one:\n"
        f"  ssh-keygen -f {shlex.quote(str(old.file))} -R {shlex.quote(name)} && {pin}"
        + (
            "\nand if `provision up --servers FILE` adopted this server, say "
            f"cluster_fingerprint={fingerprint(blob)} for it in FILE: `up` pins what it knows"
            if Path(old.file).parent.parent.name == "clusters"
            else ""
        ),
    )
