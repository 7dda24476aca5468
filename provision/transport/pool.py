"""Open sessions, shared: one connection a host, one agent a user on it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from typing import Generic, Protocol, Self, TypeVar

from provision.errors import Unreachable, UsageError
from provision.transport.agent_session import AgentSession
from provision.transport.become import elevate
from provision.transport.channel import Connection
from provision.transport.local import LocalConnection
from provision.transport.payload import payload
from provision.transport.raw import run_raw
from provision.transport.startup import StartUp
from provision.transport.target import Become, Target

CLOSING = 3.0
"""Seconds that close() waits at most."""


class _Closable(Protocol):
    @property
    def alive(self) -> bool: ...

    def close(self) -> None: ...


T = TypeVar("T", bound=_Closable)


class Shelf(Generic[T]):
    """Things by key, each opened once however many threads ask, reopened when dead."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: dict[Hashable, Future[T]] = {}
        self._closed = False

    def get(self, key: Hashable, open_: Callable[[], T]) -> T:
        with self._lock:
            if self._closed:
                raise Unreachable("the run is over: no more sessions are opened")
            future = self._items.get(key)
            if future is not None and future.done() and not future.result().alive:
                future = None
            mine = future is None
            if future is None:
                future = self._items[key] = Future()
        if mine:
            self._open(key, future, open_)
        return future.result()

    def _open(self, key: Hashable, future: Future[T], open_: Callable[[], T]) -> None:
        try:
            item = open_()
        except BaseException as error:  # noqa: BLE001 - raised in every thread that waits
            with self._lock:
                if self._items.get(key) is future:
                    del self._items[key]
            future.set_exception(error)
            return
        with self._lock:
            closed = self._closed
        if closed:
            item.close()
        future.set_result(item)

    def take(self, wanted: Callable[[Hashable], bool]) -> list[T]:
        """Remove what is open under these keys."""
        with self._lock:
            keys = [k for k, f in self._items.items() if wanted(k) and f.done()]
            return [self._items.pop(key).result() for key in keys]

    def take_all(self) -> list[T]:
        with self._lock:
            self._closed = True
        return self.take(lambda key: True)


class _Gate:
    """What a start-up passes before it changes its node."""

    def __init__(self) -> None:
        self._decided = threading.Event()
        self._refused = False

    def decide(self, refused: bool) -> None:
        self._refused = refused
        self._decided.set()

    def wait(self) -> None:
        """Raises Unreachable: nothing is to be changed."""
        self._decided.wait()
        if self._refused:
            raise Unreachable("the run has ended before it began")


class SessionPool:
    """Implements ``session.Sessions``.

    Parameters:
        connect: how a target is connected to.
    """

    def __init__(self, connect: Callable[[Target], Connection] | None = None) -> None:
        self._connect = connect
        self._gate = _Gate()
        self._gate.decide(refused=False)
        self._connections: Shelf[Connection] = Shelf()
        self._sessions: Shelf[AgentSession] = Shelf()

    def get(self, target: Target, become: Become | None = None) -> AgentSession:
        """The session for this target and user.

        Raises:
            Unreachable: there is none.
            TaskFailed: the host answers, but sudo or su refuses.
            UsageError: a connection or become method that there is not.
        """
        connection = self._connection(target)
        if become is not None and become.user == connection.user:
            become = None
        return self._sessions.get(
            (target, become), lambda: _open_session(connection, target, become, self._gate.wait)
        )

    @contextlib.contextmanager
    def changing_nothing(self) -> Iterator[None]:
        """While the body runs, sessions begin to open, but no node gets the agent installed.

        If the body ends with an exception, those that wait for it never do.
        """
        gate = self._gate = _Gate()
        try:
            yield
        except BaseException:
            gate.decide(refused=True)
            raise
        gate.decide(refused=False)

    def raw(
        self,
        target: Target,
        command: str,
        become: Become | None = None,
        timeout: float | None = None,
    ) -> tuple[int, str, str]:
        """Run a shell line without the agent. Raises Unreachable, TaskFailed."""
        return run_raw(self._connection(target), target, command, become, timeout)

    def user(self, target: Target) -> str:
        """Who logs in there. Raises Unreachable."""
        return self._connection(target).user

    def reset(self, target: Target) -> None:
        _close_all(self._sessions.take(lambda key: key[0] == target))  # type: ignore[index]
        _close_all(self._connections.take(lambda key: key == target))

    def close(self) -> None:
        """Close everything, in parallel; an agent whose channel closes ends by itself."""
        _close_all(self._sessions.take_all())
        _close_all(self._connections.take_all())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _connection(self, target: Target) -> Connection:
        return self._connections.get(target, lambda: (self._connect or _connect)(target))


def _connect(target: Target) -> Connection:
    if target.connection == "local":
        return LocalConnection(target)
    if target.connection != "ssh":
        raise UsageError(
            f"the connection '{target.connection}' is not supported",
            hint="supported: ssh, local",
            host=target.name,
        )
    from provision.transport.ssh import SshConnection

    return SshConnection(target)


def _open_session(
    connection: Connection, target: Target, become: Become | None, may_install: Callable[[], None]
) -> AgentSession:
    argv, prompt = payload().command(target.python), None
    if become is not None:
        elevated = elevate(become, argv)
        argv, prompt = elevated.argv, elevated.prompt
    channel = connection.start(argv)
    try:
        facts, inbox = StartUp(channel, target, connection.where, may_install, become, prompt).run()
    except BaseException:
        channel.close()
        raise
    return AgentSession(target, channel, facts, inbox, connection.where, connection.close)


def _close_all(items: list[T]) -> None:
    threads = [threading.Thread(target=item.close, daemon=True) for item in items]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + CLOSING
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
