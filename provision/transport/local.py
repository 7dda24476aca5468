"""The agent as a child process of the controller (``connection: local``)."""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import socket
import subprocess
from collections.abc import Sequence

from provision.errors import Unreachable
from provision.transport.raw import run_raw
from provision.transport.socket_channel import SocketChannel
from provision.transport.target import Become, Target


class LocalChannel(SocketChannel):
    """Implements ``channel.Channel`` for a child process."""

    def __init__(self, process: subprocess.Popen[bytes], end: socket.socket) -> None:
        super().__init__(end)
        self._process = process

    def exit_status(self, timeout: float) -> int | None:
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def close(self) -> None:
        super().close()
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
            raise Unreachable(
                f"cannot run {argv[0]} on this machine: {error.strerror}",
                host=self._target.name,
                hint="name a working Python 3 in ansible_python_interpreter"
                if argv[0] == self._target.python
                else f"install {argv[0]}",
            ) from None
        return LocalChannel(process, ours)

    def raw(
        self, command: str, become: Become | None, timeout: float | None
    ) -> tuple[int, str, str]:
        from invoke.context import Context

        return run_raw(Context(), self, self._target.name, command, become, timeout)

    def close(self) -> None:
        self.alive = False
