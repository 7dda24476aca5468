"""A file that replaces another once it is whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from provision.errors import UsageError


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """An empty file beside another, which takes its place at the end, unless something goes wrong.

    Only its owner can read it.

    Raises:
        UsageError: it cannot be made.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error
    os.close(descriptor)
    part = Path(name)
    try:
        yield part
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
