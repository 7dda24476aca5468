"""One live connection to a host with the agent at its far end."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from provision.transport.target import Become, Target

chains = itertools.count(1)
"""Numbers for ``Request.chain``."""


@dataclass(frozen=True, slots=True)
class Request:
    """A module call on its way to the node.

    Parameters:
        module: a name in provision.agent.modules.
        args: as validated by the module's Spec.
        timeout: seconds; None means as long as it takes.
        blob: bytes for the module (file content).
        on_output: called with text while the module runs (from another thread).
        chain: requests of one number were sent before the outcome of those before them was
            known; once one fails the node drops the rest.
        job_directory: run the module as a job that outlives the session, for at most ``timeout``;
            the reply says that it has begun, a file there what comes of it.
    """

    module: str
    args: Mapping[str, Any]
    check: bool = False
    diff: bool = False
    timeout: float | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    blob: bytes = b""
    on_output: Callable[[str], None] | None = None
    chain: int | None = None
    job_directory: str | None = None


class Reply(NamedTuple):
    """What came back. ``failed`` is set in ``result`` exactly as Ansible sets it.

    A module that failed, timed out or crashed is a Reply with ``result["failed"]`` true and
    ``msg``, not an exception; ``crash`` then holds the node's traceback for -vvv. A session
    that broke is an exception (provision.errors.Unreachable).

    Parameters:
        dropped: the module was not run, since an earlier one of its chain failed.
        seconds: how long the module ran on the node.
    """

    result: dict[str, Any]
    blob: bytes = b""
    crash: str | None = None
    dropped: bool = False
    seconds: float = 0.0


class Session(Protocol):
    """One user on one host. Calls run one after another on the node, in order of submission."""

    @property
    def target(self) -> Target: ...

    @property
    def facts(self) -> dict[str, Any]:
        """The facts of the agent's hello, named without the ``ansible_`` prefix."""
        ...

    def submit(self, request: Request) -> Future[Reply]:
        """Send now, answer later: several may be under way. Fails with Unreachable."""
        ...

    def call(self, request: Request) -> Reply:
        """Send and wait. Raises Unreachable."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """What the body submits may be sent together: it is not waited for in the body."""
        ...

    def close(self) -> None: ...


class Sessions(Protocol):
    """Open sessions by host and user, opened on first use, shared by threads."""

    def get(self, target: Target, become: Become | None = None) -> Session:
        """The session for this target and user. Raises Unreachable; TaskFailed if sudo refuses."""
        ...

    def raw(
        self,
        target: Target,
        command: str,
        become: Become | None = None,
        timeout: float | None = None,
    ) -> tuple[int, str, str]:
        """Run a shell line without the agent (``raw``, nodes without Python): status, out, err."""
        ...

    def reset(self, target: Target) -> None:
        """Close what is open to this target (meta: reset_connection)."""
        ...

    def close(self) -> None: ...
