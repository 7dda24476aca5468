"""The parent's side: connections that child processes hold."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from provision.errors import Unreachable
from provision.transport.mux import wire
from provision.transport.socket_channel import SocketChannel
from provision.transport.target import Become, Target

CROWD = 8
"""Connections of one child before another one is started, up to one a core."""
CLOSING = 3.0
"""Seconds for a child to end."""
# The child finds what its parent finds, and nothing in the current folder.
_PROGRAM = (
    "import sys; sys.path[:] = sys.argv[2:]; "
    "from provision.transport.mux.master import main; main(int(sys.argv[1]))"
)


class Masters:
    """SSH connections, shared out over child processes that start when they are needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._masters: list[_Master] = []
        self._closed = False

    def connect(self, target: Target) -> MuxConnection:
        """Raises Unreachable, UsageError: as SshConnection does."""
        return MuxConnection(self._least_busy(), target)

    def close(self) -> None:
        """End the children and with them all connections."""
        with self._lock:
            self._closed = True
            masters, self._masters = self._masters, []
        for master in masters:
            master.hang_up()
        for master in masters:
            master.wait()

    def _least_busy(self) -> _Master:
        with self._lock:
            if self._closed:
                raise Unreachable("the run is over: no more connections are made")
            self._masters = [master for master in self._masters if master.alive]
            chosen = min(self._masters, key=lambda master: master.held, default=None)
            more = len(self._masters) < (os.cpu_count() or 1)
            if chosen is None or (chosen.held >= CROWD and more):
                chosen = _Master()
                self._masters.append(chosen)
            chosen.held += 1
            return chosen


class _Master:
    """One child process.

    Attributes:
        held: how many connections it was given.
    """

    def __init__(self) -> None:
        self.held = 0
        self._numbers = itertools.count(1)
        self._sending = threading.Lock()
        self._state = threading.Lock()
        self._pending: dict[int, Future[Any]] | None = {}
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _PROGRAM, str(theirs.fileno()), *sys.path],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is the parent's to answer
            )
        threading.Thread(target=self._listen, name="ssh master", daemon=True).start()

    @property
    def alive(self) -> bool:
        return self._pending is not None

    def number(self) -> int:
        """A name for a connection or channel."""
        return next(self._numbers)

    def ask(self, verb: str, *arguments: Any, descriptor: int | None = None) -> Any:
        """What comes of an order.

        Raises:
            Unreachable: the child is gone.
            Exception: what the child raised.
        """
        future = self.tell(verb, *arguments, descriptor=descriptor)
        return future.result()

    def tell(self, verb: str, *arguments: Any, descriptor: int | None = None) -> Future[Any]:
        """Give an order; its outcome comes later."""
        number, future = self.number(), Future[Any]()
        with self._state:
            if self._pending is None:
                future.set_exception(_gone())
                return future
            self._pending[number] = future
        descriptors = [] if descriptor is None else [descriptor]
        # Where it is gone, the listener notices and tells everybody who waits.
        with self._sending, contextlib.suppress(OSError):
            wire.send(self._control, (number, verb, arguments), descriptors)
        return future

    def hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)

    def wait(self) -> None:
        try:
            self._process.wait(CLOSING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _listen(self) -> None:
        while (answer := wire.receive(self._control)) is not None:
            number, done, value = answer[0]
            with self._state:
                future = self._pending.pop(number, None) if self._pending is not None else None
            if future is None:
                continue
            if done:
                future.set_result(value)
            else:
                future.set_exception(value)
        with self._state:
            pending, self._pending = self._pending or {}, None
        for future in pending.values():
            future.set_exception(_gone())
        self._control.close()


class MuxChannel(SocketChannel):
    """Implements ``channel.Channel``; its bytes are carried by the child."""

    def __init__(self, connection: MuxConnection, number: int, end: socket.socket) -> None:
        super().__init__(end)
        self._connection = connection
        self._number = number

    def recv(self, timeout: float) -> bytes:
        data = super().recv(timeout)
        if not data:
            self._connection.doubt()
        return data

    def exit_status(self, timeout: float) -> int | None:
        with contextlib.suppress(Unreachable):
            status: int | None = self._connection.master.ask("status", self._number, timeout)
            return status
        return None

    def close(self) -> None:
        super().close()
        self._connection.master.tell("end", self._number)


class MuxConnection:
    """Implements ``channel.Connection``.

    Raises:
        Unreachable, UsageError: as SshConnection does.
    """

    def __init__(self, master: _Master, target: Target) -> None:
        self.master = master
        self._target = target
        self._number = master.number()
        self._doubtful = False
        self._closed = False
        try:
            self.user, self.where = self._ask("connect", target)
        except BaseException:
            master.held -= 1
            raise

    @property
    def alive(self) -> bool:
        """The child is asked only after something was amiss: this is looked at for each task."""
        if self._closed or not self.master.alive:
            return False
        if self._doubtful:
            try:
                self._doubtful = not self._ask("alive")
            except Unreachable:
                return False
        return not self._doubtful

    def doubt(self) -> None:
        """Something has ended that may have been ended by the loss of the connection."""
        self._doubtful = True

    def start(self, argv: Sequence[str]) -> MuxChannel:
        number = self.master.number()
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._ask("start", number, list(argv), descriptor=theirs.fileno())
        except BaseException:
            ours.close()
            raise
        return MuxChannel(self, number, ours)

    def raw(
        self, command: str, become: Become | None, timeout: float | None
    ) -> tuple[int, str, str]:
        status, out, err = self._ask("raw", command, become, timeout)
        return status, out, err

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self.master.held -= 1
            self.master.tell("close", self._number)

    def _ask(self, verb: str, *arguments: Any, descriptor: int | None = None) -> Any:
        try:
            return self.master.ask(verb, self._number, *arguments, descriptor=descriptor)
        except Unreachable as error:
            self._doubtful = True
            error.host = error.host or self._target.name
            raise


def _gone() -> Unreachable:
    return Unreachable(
        "the process that held its SSH connection has ended",
        hint="was it killed, for want of memory perhaps? run the same again",
    )
