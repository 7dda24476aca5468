"""sha512_crypt and sha256_crypt, the hashes of /etc/shadow.

https://www.akkadia.org/drepper/SHA-crypt.txt
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import Any

from provision.errors import TemplateError

_ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ROUNDS = 5000
_SALT = 16
_KINDS: dict[str, tuple[str, Callable[..., Any], int]] = {
    "sha512": ("6", hashlib.sha512, 64),
    "sha256": ("5", hashlib.sha256, 32),
}


def hash_password(
    password: str,
    kind: str = "sha512",
    salt: str | None = None,
    salt_size: int | None = None,
    rounds: int | None = None,
) -> str:
    """The hash as /etc/shadow holds it.

    Parameters:
        kind: sha512 or sha256.
        salt: up to 16 characters of ``./0-9A-Za-z``; random if None.
        salt_size: how long a random salt is, 1 to 16.
        rounds: 1000 to 999,999,999; crypt's 5000 if None, which is then not written.

    Raises:
        TemplateError: another kind, a salt with other characters, too few rounds.
    """
    kind = kind.removesuffix("_crypt")
    if kind not in _KINDS:
        raise TemplateError(
            f"password hashes of kind '{kind}' are not supported", hint="use sha512 or sha256"
        )
    if salt is None:
        salt = "".join(secrets.choice(_ALPHABET) for _ in range(min(salt_size or _SALT, _SALT)))
    if len(salt) > _SALT or any(char not in _ALPHABET for char in salt):
        raise TemplateError(
            "this salt cannot be used", hint="a salt is up to 16 characters of ./0-9A-Za-z"
        )
    if rounds is not None and not 1000 <= int(rounds) <= 999_999_999:
        raise TemplateError(f"{rounds} rounds cannot be used", hint="1000 to 999999999")
    name, digest, size = _KINDS[kind]
    count = int(rounds or _ROUNDS)
    raw = _digest(password.encode(), salt.encode(), count, digest, size)
    written = f"rounds={count}$" if rounds is not None and count != _ROUNDS else ""
    return f"${name}${written}{salt}${_encode(raw, size)}"


def _digest(key: bytes, salt: bytes, rounds: int, digest: Callable[..., Any], size: int) -> bytes:
    length = len(key)
    other = digest(key + salt + key).digest()
    first = digest(key + salt + _repeat(other, length))
    bits = length
    while bits:
        first.update(other if bits & 1 else key)
        bits >>= 1
    start = first.digest()
    p = _repeat(digest(key * length).digest(), length)
    s = _repeat(digest(salt * (16 + start[0])).digest(), len(salt))
    raw: bytes = start
    for number in range(rounds):
        odd = number & 1
        step = p if odd else raw
        if number % 3:
            step += s
        if number % 7:
            step += p
        raw = digest(step + (raw if odd else p)).digest()
    return raw[:size]


def _repeat(block: bytes, length: int) -> bytes:
    return (block * (length // len(block) + 1))[:length]


def _encode(raw: bytes, size: int) -> str:
    """Crypt's own Base64 over its own order of bytes."""
    if size == 64:
        triples = [_rotated(n, n + 21, n + 42, n) for n in range(21)]
        last, width = [0, 0, 63], 2
    else:
        triples = [_rotated(n, n + 10, n + 20, -n) for n in range(10)]
        last, width = [-1, 31, 30], 3
    out = "".join(_four([raw[i] for i in triple], 4) for triple in triples)
    return out + _four([raw[i] if i > 0 else 0 for i in last], width)


def _rotated(a: int, b: int, c: int, turns: int) -> list[int]:
    triple = [a, b, c]
    turns %= 3
    return triple[turns:] + triple[:turns]


def _four(triple: list[int], width: int) -> str:
    value = (triple[0] << 16) | (triple[1] << 8) | triple[2]
    return "".join(_ALPHABET[(value >> (6 * n)) & 63] for n in range(width))
