"""The child process: holds SSH connections and carries bytes between them and its parent."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable
from typing import Any

from provision.errors import ProvisionError, Unreachable
from provision.transport.mux import wire
from provision.transport.ssh import SshChannel, SshConnection
from provision.transport.target import Become, Target

CHUNK = 1 << 18
FOREVER = 86400.0


class Master:
    """Answers its parent's orders, each in a thread of its own.

    Parameters:
        control: the parent's socket. When it closes, so does everything here.
    """

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._sending = threading.Lock()
        self._connections: dict[int, SshConnection] = {}
        self._channels: dict[int, SshChannel] = {}
        self._orders: dict[str, Callable[..., Any]] = {
            "connect": self._connect,
            "alive": self._alive,
            "start": self._start,
            "status": self._status,
            "raw": self._raw,
            "end": self._end,
            "close": self._close,
        }

    def serve(self) -> None:
        """Until the parent is gone or has closed its end."""
        while (order := wire.receive(self._control)) is not None:
            threading.Thread(target=self._carry_out, args=(*order,), daemon=True).start()
        for connection in list(self._connections.values()):
            connection.close()

    def _carry_out(self, order: tuple[int, str, tuple[Any, ...]], descriptors: list[int]) -> None:
        number, verb, arguments = order
        try:
            done, value = True, self._orders[verb](*arguments, *descriptors)
        except ProvisionError as error:
            done, value = False, error
        except Exception as error:  # noqa: BLE001 - raised again in the parent
            done, value = False, RuntimeError(f"{type(error).__name__}: {error}")
        with self._sending, contextlib.suppress(OSError):
            wire.send(self._control, (number, done, value))

    def _connect(self, number: int, target: Target) -> tuple[str, str]:
        connection = self._connections[number] = SshConnection(target)
        return connection.user, connection.where

    def _alive(self, number: int) -> bool:
        return number in self._connections and self._connections[number].alive

    def _start(self, connection: int, number: int, argv: list[str], descriptor: int) -> None:
        end = socket.socket(fileno=descriptor)
        try:
            channel = self._channels[number] = self._of(connection).start(argv)
        except BaseException:
            end.close()
            raise
        for pump in (_to_node, _from_node):
            threading.Thread(target=pump, args=(end, channel), daemon=True).start()

    def _status(self, number: int, timeout: float) -> int | None:
        return self._channels[number].exit_status(timeout)

    def _raw(
        self, connection: int, command: str, become: Become | None, timeout: float | None
    ) -> tuple[int, str, str]:
        return self._of(connection).raw(command, become, timeout)

    def _end(self, number: int) -> None:
        if channel := self._channels.pop(number, None):
            channel.close()

    def _close(self, number: int) -> None:
        if connection := self._connections.pop(number, None):
            connection.close()

    def _of(self, number: int) -> SshConnection:
        if number not in self._connections:
            raise Unreachable("the connection was closed")
        return self._connections[number]


def _to_node(end: socket.socket, channel: SshChannel) -> None:
    with contextlib.suppress(OSError, EOFError):
        while data := end.recv(CHUNK):
            channel.send(data)
    channel.close()


def _from_node(end: socket.socket, channel: SshChannel) -> None:
    with contextlib.suppress(OSError, EOFError):
        while data := channel.recv(FOREVER):
            end.sendall(data)
    # The parent reads what has come and then the end; its own end tells when it has done so.
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_WR)


def main(descriptor: int) -> None:
    """Serve the parent whose socket this is."""
    Master(socket.socket(fileno=descriptor)).serve()
    # Paramiko's threads need not be waited for: their sockets are closed.
    os._exit(0)
