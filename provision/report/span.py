"""What a profile is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Work: what, by whom, from when (seconds since the run began) and for how long.

    Parameters:
        on_node: seconds of it that the node's agent measured; the rest is the way there and back,
            waiting, and this process.
    """

    play: str
    task: str
    host: str
    start: float
    duration: float
    status: str
    on_node: float
