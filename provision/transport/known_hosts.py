"""Which keys a host may show: OpenSSH's known_hosts files.

Format: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". Certificate authorities are not supported;
their lines are passed over.
"""

from __future__ import annotations

import base64
import binascii
import fnmatch
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple


class KnownKey(NamedTuple):
    """Parameters:
    kind: such as ``ssh-ed25519``.
    blob: the public key as on the wire.
    file, line: where it is written.
    """

    kind: str
    blob: bytes
    file: Path
    line: int
    revoked: bool = False


def lookup_name(address: str, port: int) -> str:
    """How known_hosts spells a host on a port."""
    return address if port == 22 else f"[{address}]:{port}"


def known_keys(files: Iterable[Path], address: str, port: int) -> list[KnownKey]:
    """The keys pinned for a host. Files that are not there count as empty.

    As in OpenSSH, a line without a port serves other ports too where none names the port.
    """
    entries = [entry for file in files for entry in _entries(file)]
    for name in dict.fromkeys((lookup_name(address, port), address)):
        found = [key for patterns, key in entries if _matches(patterns, name)]
        if found:
            return found
    return []


def fingerprint(blob: bytes) -> str:
    """As ``ssh-keygen -l`` prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _entries(file: Path) -> Iterable[tuple[Sequence[str], KnownKey]]:
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for number, line in enumerate(lines, 1):
        words = line.split()
        marker = words.pop(0) if words and words[0].startswith("@") else ""
        if len(words) < 3 or words[0].startswith("#") or marker not in ("", "@revoked"):
            continue
        try:
            blob = base64.b64decode(words[2], validate=True)
        except (binascii.Error, ValueError):
            continue
        yield words[0].split(","), KnownKey(words[1], blob, file, number, marker == "@revoked")


def _matches(patterns: Sequence[str], name: str) -> bool:
    matched = False
    for pattern in patterns:
        if pattern.startswith("|1|"):
            matched = matched or _hash_matches(pattern, name)
        elif pattern.startswith("!"):
            if _glob(pattern[1:], name):
                return False
        else:
            matched = matched or _glob(pattern, name)
    return matched


def _glob(pattern: str, name: str) -> bool:
    # Only * and ? are wild here; brackets spell the port.
    if "*" not in pattern and "?" not in pattern:
        return pattern.lower() == name.lower()
    escaped = pattern.lower().replace("[", "[[]")
    return fnmatch.fnmatchcase(name.lower(), escaped)


def _hash_matches(pattern: str, name: str) -> bool:
    try:
        salt, digest = (base64.b64decode(part) for part in pattern.split("|")[2:4])
    except ValueError:
        return False
    return hmac.compare_digest(hmac.new(salt, name.encode(), hashlib.sha1).digest(), digest)
