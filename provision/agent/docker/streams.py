"""Answers of an Engine that are streams: a program's output, an archive of images."""

from __future__ import annotations

import socket
import struct
import threading
from typing import Any, BinaryIO, Callable, Dict, Iterator, List, Mapping, Optional, Tuple

from provision.agent.engine_api import Engine
from provision.agent.task import ModuleFailed

_FRAME = struct.Struct(">BxxxL")
_STDERR = 2
_CHUNK = 65536
_UPGRADE = {"Connection": "Upgrade", "Upgrade": "tcp"}


def attached(
    engine: Engine,
    path: str,
    body: Mapping[str, Any],
    terminal: bool,
    stdin: Optional[bytes] = None,
    emit: Callable[[str], None] = lambda text: None,
) -> Tuple[bytes, bytes]:
    """Start something and read what it writes to its end: (stdout, stderr).

    Parameters:
        terminal: it has one, and then all is stdout.
        stdin: what it is given to read, which then ends.
        emit: told of output as it comes.

    Raises:
        ModuleFailed: the Engine refused or the connection broke.
    """
    from http.client import HTTPException

    connection, answer = engine.open("POST", path, body=body, headers=_UPGRADE)
    try:
        if stdin is not None:
            _give(connection.sock, stdin)
        parts: Dict[bool, List[bytes]] = {False: [], True: []}
        # Not the socket: the answer's own buffer may hold the beginning of the stream.
        for is_error, data in frames(answer.fp, terminal):
            parts[is_error].append(data)
            emit(data.decode("utf-8", "replace"))
        return b"".join(parts[False]), b"".join(parts[True])
    except (OSError, HTTPException) as error:
        raise engine.unreachable(error) from None
    finally:
        connection.close()


def _give(sock: Any, data: bytes) -> None:
    if not hasattr(sock, "shutdown") or hasattr(sock, "unwrap"):
        raise ModuleFailed("stdin needs the Engine's unix socket: TLS cannot end it on its own")

    def work() -> None:
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it ended without reading all

    threading.Thread(target=work, daemon=True).start()


def frames(file: Any, terminal: bool) -> Iterator[Tuple[bool, bytes]]:
    """What is written, as it comes: (whether to stderr, the bytes).

    Parameters:
        file: the stream, as the Engine sends it.
        terminal: it has one, and then the stream has no frames.
    """
    while terminal:
        data = file.read1(_CHUNK)
        if not data:
            return
        yield False, data
    while True:
        head = file.read(_FRAME.size)
        if len(head) < _FRAME.size:
            return
        kind, length = _FRAME.unpack(head)
        yield kind == _STDERR, file.read(length)


def demultiplexed(data: bytes) -> bytes:
    """Output and errors as they came, without the frames of a stream that has both."""
    out = []
    at = 0
    while at + _FRAME.size <= len(data):
        _, length = _FRAME.unpack_from(data, at)
        at += _FRAME.size
        out.append(data[at : at + length])
        at += length
    return b"".join(out)


def download(engine: Engine, path: str, file: BinaryIO) -> None:
    """Write the answer to a GET into a file, however large it is."""
    from http.client import HTTPException

    connection, answer = engine.open("GET", path)
    try:
        while True:
            data = answer.read(_CHUNK)
            if not data:
                return
            file.write(data)
    except HTTPException as error:
        raise engine.unreachable(error) from None
    finally:
        connection.close()
