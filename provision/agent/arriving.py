"""Content that a module uses while it is still on its way.

A large file is hashed and written as it comes, and is nowhere in memory whole.
"""

from __future__ import annotations

import collections
import threading
from typing import Deque, Iterator

APART = 4 << 20
"""Bytes of content beyond which its module does not wait for all of it."""
CHUNK = 1 << 20
AHEAD = 8
"""Chunks that may wait for the module; then the channel's window stops the sender."""


class Arriving:
    """Handed from the thread that reads the channel to the module, once.

    Parameters:
        size: bytes in all.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._left = size
        self._chunks: Deque[bytes] = collections.deque()
        self._changed = threading.Condition()
        self._unwanted = False

    def feed(self, chunk: bytes) -> None:
        """The next bytes; waits while there are enough."""
        with self._changed:
            while len(self._chunks) >= AHEAD and not self._unwanted:
                self._changed.wait()
            if not self._unwanted:
                self._chunks.append(chunk)
                self._changed.notify_all()

    def drop(self) -> None:
        """The module has ended: what it has not taken goes nowhere."""
        with self._changed:
            self._unwanted = True
            self._chunks.clear()
            self._changed.notify_all()

    def __iter__(self) -> Iterator[bytes]:
        while self._left:
            with self._changed:
                while not self._chunks:
                    self._changed.wait()
                chunk = self._chunks.popleft()
                self._changed.notify_all()
            self._left -= len(chunk)
            yield chunk

    def whole(self) -> bytes:
        """All that has not been taken yet."""
        return b"".join(self)
