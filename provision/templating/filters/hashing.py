"""Checksums, password hashes, identifiers and vault texts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from provision.errors import DataError, TemplateError
from provision.inventory.vault import Vault, is_encrypted
from provision.templating.crypt import hash_password

_NAMESPACE = "361E6D51-FAEC-444A-9079-341386DA8E2E"  # Ansible's, so that ids agree


def get_hash(data: Any, hashtype: str = "sha1") -> str:
    """The hexadecimal digest of a text."""
    try:
        digest = hashlib.new(hashtype)
    except ValueError:
        raise TemplateError(
            f"there is no hash '{hashtype}'", hint="sha256 and sha512 always exist"
        ) from None
    digest.update(data if isinstance(data, bytes) else str(data).encode())
    return digest.hexdigest()


def sha1(data: Any) -> str:
    """The SHA-1 digest of a text."""
    return get_hash(data, "sha1")


def md5(data: Any) -> str:
    """The MD5 digest of a text."""
    return get_hash(data, "md5")


def password_hash(
    password: Any,
    hashtype: str = "sha512",
    salt: str | None = None,
    salt_size: int | None = None,
    rounds: int | None = None,
    ident: str | None = None,
) -> str:
    """A password as /etc/shadow holds it: sha512 or sha256, with a random salt if none is given.

    Without a salt every use gives another hash, so a task that sets it changes each time.
    """
    if not isinstance(password, str):
        raise TemplateError("password_hash takes text", hint="quote a password of digits")
    if ident is not None:
        raise TemplateError("ident goes with bcrypt, which is not supported")
    return hash_password(password, hashtype, salt, salt_size, rounds)


def to_uuid(string: Any, namespace: str = _NAMESPACE) -> str:
    """The same identifier for the same text."""
    import uuid

    try:
        space = uuid.UUID(str(namespace))
    except ValueError:
        raise TemplateError(f"'{namespace}' is not a UUID") from None
    return str(uuid.uuid5(space, str(string)))


def vault(
    data: Any, secret: str, salt: str | None = None, vault_id: str = "filter_default", **_: Any
) -> str:
    """A text encrypted with a password, in Ansible Vault's format."""
    del salt
    name = "default" if vault_id == "filter_default" else vault_id
    return Vault({name: secret}).encrypt(str(data))


def unvault(vaulted: Any, secret: str, **_: Any) -> Any:
    """The text that was encrypted with a password; other text as it is."""
    if not isinstance(vaulted, str) or not is_encrypted(vaulted):
        return vaulted
    try:
        return Vault({"default": secret}).decrypt(vaulted)
    except DataError as error:
        raise TemplateError(error.message, hint=error.hint) from None


HASHING: dict[str, Callable[..., Any]] = {
    "hash": get_hash,
    "checksum": sha1,
    "sha1": sha1,
    "md5": md5,
    "password_hash": password_hash,
    "to_uuid": to_uuid,
    "vault": vault,
    "unvault": unvault,
}
