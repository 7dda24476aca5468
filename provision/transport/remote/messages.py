"""What controller and workers say to each other."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from provision.transport.route import Hop
from provision.transport.session import Reply, Request
from provision.transport.target import Become, Target

_BESIDE = ("on_output", "blob")


@dataclass(frozen=True, slots=True)
class Way:
    """All that leads to a host, so that a worker needs no files of its own for it.

    Parameters:
        hops: everything decided, ssh_config included.
        files: private keys and pinned host keys, by path on the controller.
    """

    target: Target
    hops: Sequence[Hop]
    files: Mapping[str, bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Open:
    """Log in and start the agent. ``lane`` names the session from now on."""

    number: int
    lane: int
    way: Way
    become: Become | None


@dataclass(frozen=True, slots=True)
class Call:
    """A module call.

    Parameters:
        request: all of a Request but ``blob`` and ``on_output``, as JSON.
        stream: whether live output is wanted.
    """

    number: int
    lane: int
    request: str = field(repr=False)
    blob: bytes = field(repr=False)
    stream: bool = False


@dataclass(frozen=True, slots=True)
class Raw:
    """A shell line without the agent."""

    number: int
    lane: int
    way: Way
    command: str = field(repr=False)
    become: Become | None = None
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class Reset:
    """Close what is open to a target."""

    number: int
    lane: int
    target: Target


Order = Open | Call | Raw | Reset


@dataclass(frozen=True, slots=True)
class Opened:
    """Parameters:
    user: who logged in.
    """

    facts: Mapping[str, Any] = field(repr=False)
    user: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """What became of an order.

    Parameters:
        what: a Reply, Opened, a tuple (of Raw), None (of Reset), an exception; text while the
            order is still being carried out (live output).
    """

    number: int
    what: Reply | Opened | tuple[int, str, str] | Exception | str | None = field(repr=False)


class Envelope:
    """Messages on their way. Opaque: Dask logs arguments of what fails, and these hold secrets."""

    def __init__(self, content: Any) -> None:
        self.data = pickle.dumps(content)

    def open(self) -> Any:
        return pickle.loads(self.data)

    def __repr__(self) -> str:
        return f"Envelope({len(self.data)} bytes)"


def as_json(request: Request) -> str:
    """A request without what travels beside it. Raises TypeError as the agent's protocol does."""
    named = {each.name: getattr(request, each.name) for each in fields(request)}
    named.update(args=dict(request.args), env=dict(request.env))
    return json.dumps({name: value for name, value in named.items() if name not in _BESIDE})


def from_json(text: str, blob: bytes, on_output: Callable[[str], None] | None) -> Request:
    return Request(**json.loads(text), blob=blob, on_output=on_output)
