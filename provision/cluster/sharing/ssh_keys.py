"""Public SSH keys as people hand them over."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

from provision.errors import UsageError
from provision.transport.known_hosts import fingerprint


def read(path: Path) -> tuple[str, ...]:
    """The keys of a .pub file, each as ``type base64``.

    Raises:
        UsageError: there is no such file, it is a private key, or not one key a line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise UsageError(f"cannot read the key {path}: {reason}") from None
    if "PRIVATE KEY" in text:
        raise UsageError(
            f"{path} is a private key: it stays with its owner",
            hint=f"the public half is usually in {path}.pub",
        )
    lines = [line.strip() for line in text.splitlines()]
    found = tuple(_key(line, path) for line in lines if line and not line.startswith("#"))
    if not found:
        raise UsageError(f"{path} has no key in it")
    return found


def shown(key: str) -> str:
    """``ED25519 SHA256:...``, as ssh-keygen -l has it."""
    kind, blob = key.split()[:2]
    name = kind.removeprefix("sk-").removeprefix("ssh-").partition("@")[0]
    return f"{name.upper()} {fingerprint(base64.b64decode(blob))}"


def private_half(keys: Sequence[str], folder: Path) -> Path | None:
    """The private key in a folder, such as ~/.ssh, whose public half is one of these."""
    for public in sorted(folder.glob("*.pub")):
        try:
            words = public.read_text(encoding="utf-8").split()
        except (OSError, UnicodeDecodeError):
            continue
        private = public.with_suffix("")
        if " ".join(words[:2]) in keys and private.is_file():
            return private
    return None


def _key(line: str, path: Path) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key

    kind, _, rest = line.partition(" ")
    blob = rest.partition(" ")[0]
    try:
        if not kind.startswith("sk-"):
            load_ssh_public_key(f"{kind} {blob}".encode())
        elif kind.encode() not in base64.b64decode(blob, validate=True):
            raise ValueError(kind)
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError(
            f"{path} is not a public SSH key: {line[:30]}...",
            hint="a line as in id_ed25519.pub, without options before it",
        ) from None
    return f"{kind} {blob}"
