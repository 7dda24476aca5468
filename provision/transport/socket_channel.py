"""A program's stdin and stdout at the other end of a pair of sockets."""

from __future__ import annotations

import contextlib
import select
import socket


class SocketChannel:
    """The bytes of a ``channel.Channel``. A close wakes whoever waits for some.

    Parameters:
        end: this side's socket.
    """

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def recv(self, timeout: float) -> bytes:
        poller = select.poll()
        poller.register(self._end, select.POLLIN)
        if not poller.poll(timeout * 1000):
            raise TimeoutError
        try:
            return self._end.recv(1 << 18)
        except ConnectionResetError:
            return b""

    def send(self, data: bytes) -> None:
        self._end.sendall(data)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)
