"""Frames between controller and agent.

A frame is two big-endian unsigned 32-bit lengths, then that many bytes of ASCII JSON (the
message) and that many raw bytes (the blob: file content travels here, never base64). Both
directions use the same form.

Controller to agent:
    {"id": 7, "module": "apt", "args": {...}, "check": false, "diff": false,
     "timeout": 300.0 or null, "env": {...},            blob: content for copy and the like
     "stream": true if output is wanted while it runs,
     "chain": 3, if it was sent before the outcome of those before it was known}
    {"ping": 3}                                         is anybody there, while a module runs?
Agent to controller:
    {"hello": {...}}                                    once, first; see facts.py
    {"id": 7, "output": "text"}                         any number, while a module runs
    {"pong": 3}
    {"id": 7, "dropped": true}                          an earlier request of its chain failed
    {"id": 7, "result": {...}}                          blob: content for slurp/fetch
    {"id": 7, "error": {"kind": "failed" | "timeout" | "arguments" | "crash",
                        "message": ..., "result": {...}, "traceback": ...}}
    The last two with "seconds": how long it took on the node.
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO, Callable, Dict, Tuple

HEADER = struct.Struct("!II")
MAX_MESSAGE = 64 * 1024 * 1024
MAX_BLOB = 2**32 - 1


class FrameError(Exception):
    """The byte stream is not frames: something else wrote to the channel, or it was cut."""


def encode(message: Dict[str, Any], blob: bytes = b"") -> bytes:
    """One frame. Raises ``FrameError`` for what exceeds the limits above."""
    return head(message, len(blob)) + blob


def head(message: Dict[str, Any], size: int) -> bytes:
    """A frame up to its blob, which has that many bytes. Raises as ``encode``."""
    # ASCII, because undecodable bytes in a program's output are lone surrogates by now.
    body = json.dumps(message, separators=(",", ":")).encode("ascii")
    if len(body) > MAX_MESSAGE or size > MAX_BLOB:
        raise FrameError(f"a frame of {len(body)} + {size} bytes is too large")
    return HEADER.pack(len(body), size) + body


def decode(read_exactly: Callable[[int], bytes]) -> Tuple[Dict[str, Any], bytes]:
    """The next frame.

    Parameters:
        read_exactly: returns exactly that many bytes, or raises EOFError.

    Raises:
        EOFError: the stream ended between frames.
        FrameError: it holds something else than frames.
    """
    message, size = decode_head(read_exactly)
    return message, read_exactly(size) if size else b""


def decode_head(read_exactly: Callable[[int], bytes]) -> Tuple[Dict[str, Any], int]:
    """The next frame up to its blob, and how many bytes that has. Raises as ``decode``."""
    body_length, blob_length = HEADER.unpack(read_exactly(HEADER.size))
    if body_length > MAX_MESSAGE:
        raise FrameError(f"a message of {body_length} bytes is announced")
    body = read_exactly(body_length)
    try:
        message = json.loads(body.decode("ascii"))
    except (ValueError, RecursionError) as error:
        raise FrameError(f"a message is not JSON: {error}") from None
    if not isinstance(message, dict):
        raise FrameError(f"a message is a JSON {type(message).__name__}, not an object")
    return message, blob_length


def reader(stream: BinaryIO) -> Callable[[int], bytes]:
    """A ``read_exactly`` over a blocking binary stream."""

    def read_exactly(size: int) -> bytes:
        data = stream.read(size)
        if data is None or len(data) < size:
            raise EOFError
        return data

    return read_exactly
