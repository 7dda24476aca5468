"""Content that a module uses while it is still on its way.

A large file is hashed and written as it comes, and is nowhere in memory whole.
"""

from __future__ import annotations

import io
import queue
from typing import Any, Callable, Iterator

APART = 4 << 20
"""Bytes of content beyond which its module does not wait for all of it."""
CHUNK = 1 << 20
AHEAD = 8
"""Chunks that may wait for the module; then the channel's window stops the sender."""
QUIET = 5.0
"""Seconds of waiting for the module after which somebody should be told."""


class Arriving:
    """Handed from the thread that reads the channel to the module, once.

    The queues are C's: a task's time-out, which a signal raises at any place of the module's
    thread, leaves them whole. A Condition it may leave locked.

    Parameters:
        size: bytes in all.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._left = size
        self._chunks: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._room: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for _ in range(AHEAD):
            self._room.put(None)
        self._unwanted = False

    def feed(self, chunk: bytes, waiting: Callable[[], None], quiet: float = QUIET) -> None:
        """The next bytes; waits while there are enough.

        Parameters:
            waiting: called each time that it has waited for ``quiet`` seconds.
        """
        while not self._unwanted:
            try:
                self._room.get(timeout=quiet)
            except queue.Empty:
                waiting()
            else:
                break
        if not self._unwanted:
            self._chunks.put(chunk)

    def drop(self) -> None:
        """The module has ended: what it has not taken goes nowhere."""
        self._unwanted = True
        self._room.put(None)
        self._chunks = queue.SimpleQueue()

    def __iter__(self) -> Iterator[bytes]:
        while self._left:
            chunk = self._chunks.get()
            self._room.put(None)
            self._left -= len(chunk)
            yield chunk

    def whole(self) -> bytes:
        """All that has not been taken yet."""
        file = io.BytesIO()  # joining pieces would hold all of it twice
        for chunk in self:
            file.write(chunk)
        return file.getvalue()
