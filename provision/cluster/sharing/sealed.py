"""Text that only a passphrase opens, and that cannot be changed unnoticed.

scrypt makes the keys, AES-256-GCM encrypts and authenticates, with the lines above the body as
associated data: https://www.rfc-editor.org/rfc/rfc7914, https://csrc.nist.gov/pubs/sp/800/38/d/final

Ansible Vault's format is not used: its keys are 10,000 rounds of PBKDF2, which is little for a file
that is mailed around, and it cannot tell a wrong passphrase from a damaged file. Here a second key
proves the passphrase, which also binds the file to that one passphrase; GCM alone would not.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import textwrap
import zlib
from binascii import Error as Base64Error
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from provision.errors import DataError, UsageError

MAGIC = "provision-cluster-export"
VERSION = 1

SHORTEST = 12
"""Characters of a passphrase. Whoever has the file may guess as long as they like."""

# 128 MiB and about half a second a guess; what a reader accepts, lest a file eat all memory.
_COST = {"n": 1 << 17, "r": 8, "p": 1}
_BOUNDS = {"n": 1 << 20, "r": 16, "p": 4}
_LARGEST = 32 << 20


def seal(plain: bytes, passphrase: str) -> str:
    """The sealed text: two lines of header, then base64.

    Raises:
        UsageError: the passphrase is too short.
    """
    if len(passphrase) < SHORTEST:
        raise UsageError(
            f"the passphrase has {len(passphrase)} characters; at least {SHORTEST} are needed",
            hint="whoever gets hold of the file may guess as long as they like",
        )
    salt, nonce = os.urandom(16), os.urandom(12)
    key, proof = _keys(passphrase, salt, _COST)
    header = {
        "kdf": {"name": "scrypt", **_COST, "salt": _encoded(salt)},
        "cipher": {"name": "AES-256-GCM", "nonce": _encoded(nonce)},
        "proof": _encoded(proof),
    }
    head = f"{MAGIC} {VERSION}\n{json.dumps(header)}"
    body = AESGCM(key).encrypt(nonce, zlib.compress(plain, 9), head.encode())
    return "\n".join([head, *textwrap.wrap(_encoded(body), 76)]) + "\n"


def unseal(text: str, passphrase: str) -> bytes:
    """What was sealed.

    Raises:
        DataError: not such a text, of a later version, or changed since it was sealed.
        UsageError: the passphrase is another one.
    """
    lines = [line.strip() for line in text.strip().splitlines()]
    if not lines or not lines[0].startswith(f"{MAGIC} "):
        raise DataError(
            "this is no exported cluster", hint="`provision cluster export FILE` writes them"
        )
    version = lines[0].removeprefix(f"{MAGIC} ")
    if version != str(VERSION):
        raise DataError(
            f"this was exported in format {version}; this provision reads format {VERSION}",
            hint="use the version of provision that wrote it, or a later one",
        )
    try:
        header = json.loads(lines[1])
        cost, salt = _cost(header["kdf"]), _decoded(header["kdf"]["salt"])
        nonce, proof = _decoded(header["cipher"]["nonce"]), _decoded(header["proof"])
        body = _decoded("".join(lines[2:]))
    except (IndexError, KeyError, TypeError, ValueError, Base64Error):
        raise _damaged() from None
    key, expected = _keys(passphrase, salt, cost)
    if not hmac.compare_digest(proof, expected):
        raise UsageError(
            "the passphrase is wrong",
            hint="or the file's first two lines were changed; nothing of it was used",
        )
    try:
        packed = AESGCM(key).decrypt(nonce, body, "\n".join(lines[:2]).encode())
    except (InvalidTag, ValueError):
        raise _damaged() from None
    return zlib.decompressobj().decompress(packed, _LARGEST)


def _keys(passphrase: str, salt: bytes, cost: Mapping[str, int]) -> tuple[bytes, bytes]:
    """The key that encrypts, and the proof that the passphrase is the right one."""
    derived = Scrypt(salt=salt, length=64, **cost).derive(passphrase.encode())
    return derived[:32], hmac.digest(derived[32:], MAGIC.encode(), "sha256")


def _cost(kdf: Mapping[str, Any]) -> dict[str, int]:
    found = {name: int(kdf[name]) for name in _COST}
    if kdf["name"] != "scrypt" or any(not 0 < found[name] <= _BOUNDS[name] for name in found):
        raise ValueError("not a cost that was asked for")
    return found


def _damaged() -> DataError:
    return DataError(
        "the file was changed or cut off after it was exported; nothing of it was used",
        hint="have it sent again",
    )


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
