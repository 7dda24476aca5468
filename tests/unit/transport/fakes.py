"""A channel whose far end is a test."""

from __future__ import annotations

import queue


class FakeChannel:
    """Implements provision.transport.channel.Channel."""

    def __init__(self, *arriving: bytes, status: int | None = 0, ends: bool = True) -> None:
        self.sent: list[bytes] = []
        self.closed = False
        self.status = status
        self._arriving: queue.Queue[bytes] = queue.Queue()
        for data in arriving:
            self._arriving.put(data)
        if ends:
            self._arriving.put(b"")

    def arrive(self, data: bytes) -> None:
        self._arriving.put(data)

    def recv(self, timeout: float) -> bytes:
        try:
            return self._arriving.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError from None

    def send(self, data: bytes | memoryview) -> None:
        if self.closed:
            raise OSError("closed")
        self.sent.append(bytes(data))

    def exit_status(self, timeout: float) -> int | None:
        return self.status

    def close(self) -> None:
        self.closed = True
        self._arriving.put(b"")
