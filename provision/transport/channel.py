"""The two things a session needs of a connection: start a program, talk to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Channel(Protocol):
    """A program's stdin and its stdout with stderr mixed in."""

    def recv(self, timeout: float) -> bytes:
        """Some bytes; ``b""`` at the end. Raises TimeoutError after that many seconds."""
        ...

    def send(self, data: bytes | memoryview) -> None:
        """All of it. Raises OSError when the other side is gone."""
        ...

    def exit_status(self, timeout: float) -> int | None:
        """The ended program's status (negative: the signal), None if it is not known."""
        ...

    def close(self) -> None:
        """End it. Never blocks for long; may be called from any thread, repeatedly."""
        ...


class Connection(Protocol):
    """A way to start programs on one host as the user who logged in."""

    @property
    def user(self) -> str: ...

    @property
    def where(self) -> str:
        """``user@address:port`` for messages."""
        ...

    @property
    def alive(self) -> bool: ...

    def start(self, argv: Sequence[str]) -> Channel:
        """Raises Unreachable."""
        ...

    def runner(self) -> object:
        """Something with Invoke's ``run``: for shell lines without the agent."""
        ...

    def close(self) -> None: ...
