"""Making things once, however many threads ask for them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_lock = threading.RLock()


def once(maxsize: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """``functools.lru_cache``, without two threads making the same thing.

    Hosts come to a template together. To compile it for each of three took 15 ms that all waited.
    """

    def decorate(make: Callable[P, R]) -> Callable[P, R]:
        cached = lru_cache(maxsize)(make)

        @wraps(make)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            with _lock:
                return cached(*args, **kwargs)  # type: ignore[arg-type]

        return call

    return decorate
