"""The agent as a child process of the controller (``connection: local``)."""

from __future__ import annotations

import contextlib
import os
import pwd
import select
import signal
import socket
import subprocess
from collections.abc import Sequence

from provision.errors import TaskFailed, Unreachable
from provision.transport.target import Target


class LocalChannel:
    """Implements ``channel.Channel`` over a pair of sockets, which a close wakes up."""

    def __init__(self, process: subprocess.Popen[bytes], end: socket.socket) -> None:
        self._process = process
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

    def send(self, data: bytes | memoryview) -> None:
        self._end.sendall(data)

    def exit_status(self, timeout: float) -> int | None:
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)
        if self.exit_status(2.0) is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self.exit_status(1.0)


class LocalConnection:
    """Implements ``channel.Connection`` on this machine."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.user = pwd.getpwuid(os.geteuid()).pw_name
        self.where = f"{self.user}@local"
        self.alive = True

    def start(self, argv: Sequence[str]) -> LocalChannel:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                end = theirs.fileno()
                process = subprocess.Popen(
                    argv,
                    stdin=end,
                    stdout=end,
                    stderr=end,
                    cwd=self._target.directory,
                    start_new_session=True,
                )
        except OSError as error:
            ours.close()
            what = f"cannot run {argv[0]} on this machine: {error.strerror}"
            name = self._target.name
            if argv[0] != self._target.python:  # sudo or su
                raise TaskFailed(what, host=name, hint=f"install {argv[0]}") from None
            hint = "name a working Python 3 in ansible_python_interpreter"
            raise Unreachable(what, host=name, hint=hint) from None
        return LocalChannel(process, ours)

    def runner(self) -> object:
        from invoke.context import Context

        return Context()

    def close(self) -> None:
        self.alive = False
