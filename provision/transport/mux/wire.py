"""Messages between a process and its child over a pair of sockets, with file descriptors."""

from __future__ import annotations

import os
import pickle
import socket
import struct
from collections.abc import Sequence
from typing import Any

_HEADER = struct.Struct("!Q")


def send(end: socket.socket, message: Any, descriptors: Sequence[int] = ()) -> None:
    """One message; callers take turns. Raises OSError when the other side is gone."""
    data = pickle.dumps(message)
    # Descriptors travel with the bytes of one sendmsg call: those of the header, read alone.
    socket.send_fds(end, [_HEADER.pack(len(data))], list(descriptors))
    end.sendall(data)


def receive(end: socket.socket) -> tuple[Any, list[int]] | None:
    """The next message and its descriptors; None when the other side is gone."""
    try:
        header, descriptors, _, _ = socket.recv_fds(end, _HEADER.size, 1)
        if len(header) < _HEADER.size:
            return None
        data = _exactly(end, _HEADER.unpack(header)[0])
    except OSError:
        return None
    if data is None:
        for descriptor in descriptors:
            os.close(descriptor)
        return None
    return pickle.loads(data), descriptors


def _exactly(end: socket.socket, size: int) -> bytes | None:
    buffer = bytearray(size)
    view = memoryview(buffer)
    while view:
        count = end.recv_into(view)
        if not count:
            return None
        view = view[count:]
    return bytes(buffer)
