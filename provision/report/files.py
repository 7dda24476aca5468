"""Reports written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from provision.errors import ProvisionError


def prepare(path: Path) -> None:
    """Make sure, before the run, that a report can be written after it.

    Raises:
        ProvisionError: its folder cannot be made or written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot(path, error) from None
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise ProvisionError(
            f"cannot write the report {path}", hint="name a file in a folder you can write to"
        )


def write_whole(path: Path, text: str) -> None:
    """Replace a file in one step.

    Raises:
        ProvisionError: it cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as stream:
                stream.write(text)
                os.fchmod(stream.fileno(), 0o666 & ~_umask())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _cannot(path, error) from None


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _cannot(path: Path, error: OSError) -> ProvisionError:
    return ProvisionError(f"cannot write the report {path}: {error.strerror or error}")
