"""Remembers nodes that cannot be reached, so that not every question pays the timeout again."""

from __future__ import annotations

import time
from collections.abc import Callable

RETRY = 10.0
"""Seconds after which a silent node is tried again: one that comes back is noticed while
proofs wait to come true."""


class Silence:
    """Which nodes could not be reached lately, and why. Not for several threads at a time.

    Parameters:
        retry: seconds that a reason holds.
        clock: monotonic seconds.
    """

    def __init__(self, retry: float = RETRY, clock: Callable[[], float] = time.monotonic) -> None:
        self._retry = retry
        self._clock = clock
        self._noted: dict[str, tuple[float, str]] = {}

    def note(self, node: str, reason: str) -> None:
        """The node could not be reached now."""
        self._noted[node] = (self._clock(), reason)

    def reason(self, node: str) -> str | None:
        """Why not to try the node now; None when it is to be tried."""
        at, reason = self._noted.get(node, (0.0, None))
        return reason if self._clock() - at < self._retry else None
