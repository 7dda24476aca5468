"""Files of the controller on their way to hosts."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from weakref import WeakValueDictionary

from provision.agent.files import md5sum

LARGE = 1 << 20
"""Bytes from which a file is read once for all hosts that are sent it at the same time."""


class Content:
    """What a file is to hold.

    Attributes:
        sha1: the hex digest.
    """

    __slots__ = ("__weakref__", "_md5sum", "_starting", "data", "sha1")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.sha1 = hashlib.sha1(data).hexdigest()
        self._starting = threading.Lock()
        self._md5sum: Future[str | None] | None = None

    def md5sum(self) -> Future[str | None]:
        """The MD5, worked out beside what the caller does next; None where that is forbidden."""
        with self._starting:
            if self._md5sum is None:
                self._md5sum = Future()
                threading.Thread(target=self._hash, args=(self._md5sum,), daemon=True).start()
            return self._md5sum

    def _hash(self, future: Future[str | None]) -> None:
        future.set_result(md5sum(self.data))


class Contents:
    """Large contents that some host is being sent, by file: in memory once, and hashed once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: WeakValueDictionary[tuple[object, ...], Content] = WeakValueDictionary()

    def get(self, path: Path, decrypt: bool, read: Callable[[], Content]) -> Content:
        """A file's content, as ``read`` gives it."""
        try:
            found = path.stat()
        except OSError:
            return read()  # which says what is wrong
        if found.st_size < LARGE:
            return read()
        key = (path, decrypt, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        with self._lock:
            content = self._known.get(key)
            if content is None:
                content = self._known[key] = read()
        return content
