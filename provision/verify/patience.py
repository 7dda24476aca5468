"""How long proofs may wait to come true."""

from __future__ import annotations

import time


class Patience:
    """Time that proofs share, so that a broken cluster does not cost each of them its own.

    Parameters:
        seconds: counted from the first question.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end: float | None = None

    @property
    def left(self) -> float:
        """Seconds that are left, at least 0."""
        now = time.monotonic()
        if self._end is None:
            self._end = now + self._seconds
        return max(0.0, self._end - now)
