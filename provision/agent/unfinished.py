"""Temporary files that go when the agent ends, at whatever moment that is."""

from __future__ import annotations

import contextlib
import os
from typing import Iterator, Set, Tuple

_paths: Set[str] = set()


@contextlib.contextmanager
def temporary(folder: str, suffix: str) -> Iterator[Tuple[int, str]]:
    """A new file, open for writing, and its path; gone at the end unless it has been moved."""
    # With what it imports, 8 ms that a task with nothing to change does not need.
    import tempfile

    handle, path = tempfile.mkstemp(prefix=".provision-", suffix=suffix, dir=folder)
    _paths.add(path)
    try:
        yield handle, path
    finally:
        _remove(path)
        _paths.discard(path)


def remove_all() -> None:
    """The agent ends: nobody will finish them."""
    for path in list(_paths):
        _remove(path)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass
