"""What an action is given: one task on one host, for one item."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provision.agent.spec import Spec
from provision.engine.cursor import Group
from provision.engine.results import Result, add_lines
from provision.engine.targets import Connection
from provision.playbook.model import Task
from provision.templating import Scope, unsafe
from provision.transport.session import Reply, Request, Session

if TYPE_CHECKING:
    from provision.engine.play import PlayRun
    from provision.engine.run import Run


@dataclass(slots=True)
class Effects:
    """What a task does beside its result.

    Parameters:
        groups: tasks to go through next (includes).
        meta: a word for the strategy.
        secrets: values that may not be shown.
    """

    groups: list[Group] = field(default_factory=list)
    meta: str | None = None
    secrets: list[str] = field(default_factory=list)


@dataclass
class Context:
    """One call of an action.

    Parameters:
        host: the inventory's name of the host that the task is for.
        delegate: the host it runs on, when another.
        scope: the variables, the item included.
        args: rendered and validated.
        extras: variables of the item and of the includes around the task.
        items: how many of them, the first, are the item's.
    """

    play: PlayRun
    host: str
    task: Task
    spec: Spec
    scope: Scope
    args: dict[str, Any]
    check: bool
    diff: bool
    effects: Effects
    connect: Callable[[], Connection]
    extras: tuple[Mapping[str, Any], ...] = ()
    items: int = 0
    env: Mapping[str, str] = field(default_factory=dict)
    timeout: float | None = None
    on_output: Callable[[str], None] | None = None
    delegate: str | None = None
    _sent: Future[Reply] | None = None

    @property
    def run(self) -> Run:
        return self.play.run

    @functools.cached_property
    def connection(self) -> Connection:
        """Where the task's session goes. Raises as ``targets.resolve``."""
        return self.connect()

    @functools.cached_property
    def session(self) -> Session:
        """Raises Unreachable."""
        return self.run.sessions.get(self.connection.target, self.connection.become)

    def call(
        self,
        module: str,
        args: Mapping[str, Any],
        blob: bytes = b"",
        *,
        check: bool | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Run a module on the node and wait. Raises Unreachable."""
        return self.call_with_blob(module, args, blob, check=check, timeout=timeout)[0]

    def call_with_blob(
        self,
        module: str,
        args: Mapping[str, Any],
        blob: bytes = b"",
        *,
        check: bool | None = None,
        timeout: float | None = None,
    ) -> tuple[Result, bytes]:
        """The same, with the bytes that the module sends back."""
        if self._sent is not None:
            reply, self._sent = self._sent.result(), None
        else:
            reply = self.session.call(self._request(module, args, blob, check, timeout))
        result = dict(unsafe(reply.result))
        add_lines(result)
        if reply.crash:
            result["exception"] = reply.crash
        return result, reply.blob

    def send_ahead(self) -> None:
        """Send the task's module call now; ``call`` then only waits for its answer."""
        self._sent = self.session.submit(self._request(self.task.action, self.args))

    def _request(
        self,
        module: str,
        args: Mapping[str, Any],
        blob: bytes = b"",
        check: bool | None = None,
        timeout: float | None = None,
    ) -> Request:
        return Request(
            module,
            args,
            check=self.check if check is None else check,
            diff=self.diff,
            timeout=self.timeout if timeout is None else timeout,
            env=self.env,
            blob=blob,
            on_output=self.on_output,
        )

    def inherited(self) -> tuple[Mapping[str, Any], ...]:
        """What included tasks see above their own variables: the item, the include's vars."""
        own = self.task.own_vars
        return (*self.extras[: self.items], own, *self.extras[self.items :]) if own else self.extras

    def search(self) -> tuple[Path, ...]:
        """Folders in which the task's files are looked for."""
        return self.play.search(self.task)

    def sleep(self, seconds: float) -> None:
        """Wait; shorter if the user aborts."""
        if self.run.cancelled.wait(seconds):
            raise KeyboardInterrupt
