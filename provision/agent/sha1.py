"""SHA-1 of what is at hand."""

from __future__ import annotations

import os

SMALL = 1 << 20
"""Bytes up to which Python's own SHA-1 is quicker than loading OpenSSL, which takes 5 ms."""


def sha1(content: bytes) -> str:
    """The hex digest."""
    if len(content) < SMALL:
        try:
            from _sha1 import sha1 as own  # type: ignore[import-not-found]
        except ImportError:  # a Python may be built without it
            pass
        else:
            return str(own(content).hexdigest())
    import hashlib

    return hashlib.sha1(content).hexdigest()


def sha1_of_file(path: str) -> str:
    """The hex digest of a file's content. Raises OSError."""
    with open(path, "rb") as file:
        if os.fstat(file.fileno()).st_size < SMALL:
            return sha1(file.read())
        import hashlib

        made = hashlib.sha1()
        for chunk in iter(lambda: file.read(1 << 20), b""):
            made.update(chunk)
        return made.hexdigest()
