"""Files of the controller on their way to hosts."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from provision.agent.files import md5sum
from provision.engine.files import read
from provision.errors import Location

INLINE = 128 * 1024
"""Bytes that are sent at once; more only if the node does not have them yet."""

BATCH = 1024 * 1024
"""Bytes of small files that go together."""

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
        try:
            future.set_result(md5sum(self.data))
        except Exception as error:  # noqa: BLE001 - whoever waits has to know
            future.set_exception(error)


class Contents:
    """Large contents that some host is being sent, by file: in memory once, and hashed once.

    Parameters:
        vault: decrypts files.
    """

    def __init__(self, vault: Any) -> None:
        self._vault = vault
        self._lock = threading.Lock()
        self._known: WeakValueDictionary[tuple[object, ...], Content] = WeakValueDictionary()

    def get(self, path: Path, decrypt: bool, at: Location | None) -> Content:
        """A file's content. Raises as ``files.read``."""
        try:
            found = path.stat()
        except OSError:
            return self._read(path, decrypt, at)  # which says what is wrong
        if found.st_size < LARGE:
            return self._read(path, decrypt, at)
        key = (path, decrypt, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        with self._lock:
            content = self._known.get(key)
            if content is None:
                content = self._known[key] = self._read(path, decrypt, at)
        return content

    def _read(self, path: Path, decrypt: bool, at: Location | None) -> Content:
        return Content(read(path, self._vault, decrypt, at))
