"""How many log in at the same time, and how long each may take."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

AT_ONCE = 32
"""Handshakes under way: each takes this machine's processor, and 200 begun together would all end
when the last does, past their time."""
TO_ONE_SERVER = 8
"""A jump host's sshd turns away who comes while ten are logging in (MaxStartups)."""

_all = threading.BoundedSemaphore(AT_ONCE)
_servers: dict[tuple[str, int], threading.BoundedSemaphore] = {}
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

    def turn_at(self, address: str, port: int) -> contextlib.AbstractContextManager[None]:
        """Among those who log in to one server."""
        with _lock:
            turns = _servers.get((address, port))
            if turns is None:
                turns = _servers[address, port] = threading.BoundedSemaphore(TO_ONE_SERVER)
        return self._waiting(turns)

    @contextlib.contextmanager
    def _waiting(self, turns: threading.BoundedSemaphore) -> Iterator[None]:
        began = time.monotonic()
        with turns:
            self._end += time.monotonic() - began
            yield
