"""One stream of bytes, read once, for several readers at once."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Sequence

_DEPTH = 16
_LOOK = 0.2
"""Seconds after which a writer looks whether its reader is still there."""


class Pipe:
    """A reader's end: what ``http.client`` sends as a request's body.

    The slowest reader sets the pace; one that has gone holds nobody up.
    """

    def __init__(self) -> None:
        self._chunks: queue.Queue[bytes | None] = queue.Queue(_DEPTH)
        self._rest = b""
        self._ended = False
        self._gone = threading.Event()
        self._broken = threading.Event()

    def read(self, size: int = -1) -> bytes:
        """Bytes as they come, at most so many; b"" at the end.

        Raises:
            OSError: the stream broke before its end.
        """
        while not self._rest and not self._ended:
            try:
                chunk = self._chunks.get(timeout=_LOOK)
            except queue.Empty:
                if self._broken.is_set():
                    raise OSError("the stream broke before its end") from None
                continue
            self._ended = chunk is None
            self._rest = chunk or b""
        if self._broken.is_set():
            raise OSError("the stream broke before its end")
        if size < 0 or size >= len(self._rest):
            out, self._rest = self._rest, b""
        else:
            out, self._rest = self._rest[:size], self._rest[size:]
        return out

    def leave(self) -> None:
        """Nobody reads any more."""
        self._gone.set()

    def put(self, chunk: bytes | None) -> bool:
        """Give the reader a piece, None for the end; whether it is still there."""
        while not self._gone.is_set():
            try:
                self._chunks.put(chunk, timeout=_LOOK)
            except queue.Full:
                continue
            return True
        return False

    def tear(self) -> None:
        """The stream broke: the reader is told so."""
        self._broken.set()


class Fanout:
    """Parameters:
    pipes: the readers, each in a thread of its own.

    ``sent`` is how many bytes have been given to them; ``done``, whether that is all.
    """

    def __init__(self, pipes: Sequence[Pipe]) -> None:
        self._pipes = pipes
        self.sent = 0
        self.done = False

    def pour(self, chunks: Iterable[bytes]) -> None:
        """Give all of it to every reader that stays."""
        staying = list(self._pipes)
        for chunk in chunks:
            staying = [pipe for pipe in staying if pipe.put(chunk)]
            self.sent += len(chunk)
            if not staying:
                return
        self.done = True
        for pipe in staying:
            pipe.put(None)
