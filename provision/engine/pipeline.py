"""Calls of one task that do not wait for the answers to those before them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from provision.engine.results import Result
from provision.transport.session import Reply, chains

if TYPE_CHECKING:
    from provision.engine.context import Context

WINDOW = 8
"""Calls under way at the same time."""


class Pipeline:
    """The node drops what follows a call that failed, and so do we."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._chain = next(chains)
        self._waiting: deque[Future[Reply]] = deque()

    def call(self, module: str, args: Mapping[str, Any], blob: bytes = b"") -> Iterator[Result]:
        """Send it; the results that have been waited for meanwhile. Raises Unreachable."""
        self._waiting.append(self._context.submit(module, args, blob, self._chain))
        while len(self._waiting) > WINDOW:
            yield from self._next()

    def finish(self) -> Iterator[Result]:
        """The results of all that is still under way. Raises Unreachable."""
        while self._waiting:
            yield from self._next()

    def _next(self) -> Iterator[Result]:
        reply = self._waiting.popleft().result()
        if not reply.dropped:
            yield self._context.read(reply)
