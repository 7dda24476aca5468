"""Ansible Vault: text encrypted with a password, formats 1.1 and 1.2.

AES-256 in counter mode, authenticated with HMAC-SHA256, keys by PBKDF2 with 10,000 rounds:
https://docs.ansible.com/ansible/latest/vault_guide/vault_using_encrypted_content.html#ansible-vault-payload-format-1-1-1-2
"""

from __future__ import annotations

import hashlib
import hmac
import os
from binascii import Error as HexError
from binascii import hexlify, unhexlify
from collections.abc import Mapping
from functools import lru_cache

from provision.errors import DataError

HEADER = "$ANSIBLE_VAULT"
DEFAULT_ID = "default"
_ROUNDS = 10_000
_LINE = 80


def is_encrypted(text: str | bytes) -> bool:
    """Whether a text begins as vault-encrypted ones do."""
    head = text[: len(HEADER)]
    return head == (HEADER if isinstance(head, str) else HEADER.encode())


class Vault:
    """The passwords of a run, by vault id.

    Parameters:
        passwords: vault id -> password. Texts without an id, and texts whose id does not fit,
            are tried with each.
    """

    def __init__(self, passwords: Mapping[str, str | bytes]) -> None:
        self._secrets = {
            name: secret.encode() if isinstance(secret, str) else bytes(secret)
            for name, secret in passwords.items()
        }

    def __repr__(self) -> str:
        return f"Vault(ids={sorted(self._secrets)})"

    @staticmethod
    def is_encrypted(text: str | bytes) -> bool:
        """Whether a text begins as vault-encrypted ones do."""
        return is_encrypted(text)

    def decrypt(self, text: str | bytes) -> str:
        """The plain text.

        Raises:
            DataError: not a vault text, damaged, or no password fits.
        """
        return decode(self.decrypt_bytes(text))

    def decrypt_bytes(self, text: str | bytes) -> bytes:
        """The plain content of an encrypted file that may be binary. Raises DataError."""
        vault_id, salt, mac, sealed = _parse(text)
        if not self._secrets:
            raise DataError(
                "this is vault-encrypted and no vault password was given",
                hint="give --vault-password-file FILE or --ask-vault-pass",
            )
        order = sorted(self._secrets, key=lambda name: name != vault_id)
        for name in order:
            plain = _open(self._secrets[name], salt, mac, sealed)
            if plain is not None:
                return plain
        tried = ", ".join(order)
        raise DataError(
            f"no vault password decrypts this text (vault id '{vault_id}'; tried: {tried})",
            hint="is it the password this was encrypted with?",
        )

    def encrypt(self, text: str | bytes, vault_id: str | None = None) -> str:
        """The text in vault format, ready for a file (ends with a newline).

        Parameters:
            vault_id: which password; by default the first given. Named ids other than
                ``default`` are written into the header (format 1.2).

        Raises:
            DataError: there is no such password.
        """
        name = vault_id or next(iter(self._secrets), DEFAULT_ID)
        if name not in self._secrets:
            raise DataError(
                f"there is no vault password with the id '{name}'",
                hint="give --vault-id ID@FILE" if self._secrets else "give a vault password",
            )
        plain = text.encode() if isinstance(text, str) else text
        salt = os.urandom(32)
        cipher_key, mac_key, counter = _keys(self._secrets[name], salt)
        padding = 16 - len(plain) % 16
        sealed = _aes(cipher_key, counter, plain + bytes([padding]) * padding)
        mac = hmac.new(mac_key, sealed, hashlib.sha256).digest()
        body = hexlify(b"\n".join(hexlify(part) for part in (salt, mac, sealed))).decode()
        version = "1.1;AES256" if name == DEFAULT_ID else f"1.2;AES256;{name}"
        lines = [body[n : n + _LINE] for n in range(0, len(body), _LINE)]
        return "\n".join([f"{HEADER};{version}", *lines]) + "\n"


def decode(plain: bytes) -> str:
    """Decrypted bytes as text. Raises DataError if they are not UTF-8."""
    try:
        return plain.decode()
    except UnicodeDecodeError:
        raise DataError("what was decrypted is not UTF-8 text") from None


def _parse(text: str | bytes) -> tuple[str, bytes, bytes, bytes]:
    lines = (text.decode("ascii", "replace") if isinstance(text, bytes) else text).split()
    header = lines[0].split(";") if lines else []
    if len(header) < 3 or header[0] != HEADER:
        raise DataError(f"this is not vault-encrypted: it does not begin with {HEADER};1.1;AES256")
    if header[1] not in ("1.1", "1.2") or header[2] != "AES256":
        raise DataError(
            f"vault format {header[1]} with {header[2]} is not supported",
            hint="formats 1.1 and 1.2 with AES256 are",
        )
    vault_id = header[3] if len(header) > 3 else DEFAULT_ID
    try:
        salt, mac, sealed = (unhexlify(p) for p in unhexlify("".join(lines[1:])).split(b"\n"))
    except (HexError, ValueError):
        raise DataError("this vault text is damaged: part of it is missing or changed") from None
    return vault_id, salt, mac, sealed


def _open(secret: bytes, salt: bytes, mac: bytes, sealed: bytes) -> bytes | None:
    cipher_key, mac_key, counter = _keys(secret, salt)
    if not hmac.compare_digest(mac, hmac.new(mac_key, sealed, hashlib.sha256).digest()):
        return None
    plain = _aes(cipher_key, counter, sealed)
    return plain[: -plain[-1]] if plain else plain


@lru_cache(maxsize=1024)
def _keys(secret: bytes, salt: bytes) -> tuple[bytes, bytes, bytes]:
    derived = hashlib.pbkdf2_hmac("sha256", secret, salt, _ROUNDS, 80)
    return derived[:32], derived[32:64], derived[64:80]


def _aes(key: bytes, counter: bytes, data: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    work = Cipher(algorithms.AES(key), modes.CTR(counter)).encryptor()
    return work.update(data) + work.finalize()
