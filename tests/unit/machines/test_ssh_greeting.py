"""Whether an SSH server greets: real sockets on this machine's loopback."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from provision.machines.ssh_greeting import silence


@contextmanager
def listening(greetings: list[bytes]) -> Iterator[int]:
    """A server that says these to those who connect, one each."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for greeting in greetings:
                connection, _ = server.accept()
                with connection:
                    connection.sendall(greeting)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def test_a_server_that_greets() -> None:
    with listening([b"SSH-2.0-OpenSSH_9.2p1\r\n"]) as port:
        assert silence("127.0.0.1", port) is None


def test_what_is_no_ssh_server_is_quoted() -> None:
    with listening([b"HTTP/1.1 400"]) as port:
        assert silence("127.0.0.1", port) == "greeted with b'HTTP/1.1 400'"


def test_patience_tries_again() -> None:
    with listening([b"", b"not yet", b"SSH-2.0-x\r\n"]) as port:
        assert silence("127.0.0.1", port, patience=60) is None


def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(0, 1000, 10))
    monkeypatch.setattr(time, "monotonic", lambda: next(now))
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert silence("127.0.0.1", port, patience=25) == "Connection refused"
    assert next(now) == 40
