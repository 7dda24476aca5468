"""How many log in at the same time, and how long each may take."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

from provision.errors import Unreachable

AT_ONCE = 32
"""Handshakes under way: each takes this machine's processor, and 200 begun together would all end
when the last does, past their time."""
TO_ONE_SERVER = 8
"""A jump host's sshd turns away who comes while ten are logging in (MaxStartups)."""


class Server:
    """One that several log in to."""

    def __init__(self) -> None:
        self.turns = threading.BoundedSemaphore(TO_ONE_SERVER)
        self._since = 0.0
        self._reason: Unreachable | None = None

    def silent(self, reason: Unreachable) -> None:
        """It took no connection, or did not finish one in time: those who wait need not try."""
        self._since, self._reason = time.monotonic(), reason

    def refuse_if_silent(self, began: float, host: str) -> None:
        """Raises Unreachable if it has shown to be silent since somebody began to wait for it."""
        if self._reason is not None and self._since >= began:
            raise Unreachable(self._reason.message, hint=self._reason.hint, host=host)


_all = threading.BoundedSemaphore(AT_ONCE)
_servers: dict[tuple[str, int], Server] = {}
_lock = threading.Lock()


class Deadline:
    """When logging in must have ended; waiting for a turn does not count."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds, for what takes a timeout."""
        return max(0.1, self._end - time.monotonic())

    @property
    def over(self) -> bool:
        return time.monotonic() >= self._end

    def turn(self) -> contextlib.AbstractContextManager[None]:
        """Among all handshakes."""
        return self._waiting(_all)

    @contextlib.contextmanager
    def turn_at(self, address: str, port: int, host: str) -> Iterator[Server]:
        """Among those who log in to one server.

        Parameters:
            host: for whom.

        Raises:
            Unreachable: others found it silent meanwhile.
        """
        with _lock:
            server = _servers.setdefault((address, port), Server())
        began = time.monotonic()
        with self._waiting(server.turns):
            server.refuse_if_silent(began, host)
            yield server

    @contextlib.contextmanager
    def _waiting(self, turns: threading.BoundedSemaphore) -> Iterator[None]:
        began = time.monotonic()
        with turns:
            self._end += time.monotonic() - began
            yield
