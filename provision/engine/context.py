"""What an action is given: one task on one host, for one item."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provision.agent.spec import Spec
from provision.engine import keywords
from provision.engine.cursor import Group
from provision.engine.learning import Lesson
from provision.engine.results import Result, add_lines
from provision.engine.targets import Connection
from provision.errors import Unreachable
from provision.playbook.model import Task
from provision.templating import Scope, unsafe
from provision.transport.session import Reply, Request, Session

if TYPE_CHECKING:
    from provision.engine.play import PlayRun
    from provision.engine.run import Run


class NotAhead(Exception):
    """A task cannot be sent before its turn."""


class _Sent(Exception):
    """An action has sent what it would have waited for."""


@dataclass(slots=True)
class Effects:
    """What a task does beside its result.

    Parameters:
        groups: tasks to go through next (includes).
        meta: a word for the strategy.
        lessons: what its results teach, if it ends well.
        secrets: values that may not be shown.
        on_node: seconds that modules ran on nodes for it.
    """

    groups: list[Group] = field(default_factory=list)
    meta: str | None = None
    lessons: list[Lesson] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    on_node: float = 0.0


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
        hidden: no_log.
        opened: the session, once it has been needed and could be opened.
        on_text: told of the text of a template file before it is rendered; may raise NotAhead.
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
    job_directory: str | None = None
    on_output: Callable[[str], None] | None = None
    delegate: str | None = None
    hidden: bool = False
    on_text: Callable[[str, Scope], None] | None = None
    opened: Session | None = None
    _connection: Connection | None = None
    _sent: Future[Reply] | None = None
    _ahead: bool = False
    _chain: int | None = None

    @property
    def run(self) -> Run:
        return self.play.run

    @property
    def facts_host(self) -> str:
        """Whose facts the task's are: with ``delegate_facts`` those of the host it runs on."""
        said = self.task.settings.delegate_facts
        if self.delegate is not None and keywords.flag(said, self.scope, self.run.templar):
            return self.delegate
        return self.host

    # Not functools.cached_property: before Python 3.12 it holds one lock for all instances, and
    # hosts connected one after another.

    @property
    def connection(self) -> Connection:
        """Where the task's session goes. Raises as ``targets.resolve``."""
        if self._connection is None:
            self._connection = self.connect()
        return self._connection

    @property
    def session(self) -> Session:
        """Raises Unreachable; TaskFailed where sudo or su refuses."""
        if self.opened is None:
            connection = self.connection
            self.opened = self.run.sessions.get(connection.target, connection.become)
        return self.opened

    def reconnect(self) -> None:
        """Give up the session; the next call opens another."""
        self.run.sessions.reset(self.connection.target)
        self.opened = None

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
        request = self._request(module, args, blob, check, timeout)
        if self._ahead:
            # A folder is several calls; a large file is sent when the node asks for it.
            whole = module in (self.task.action, "copy")
            if not whole or not args.get("content_follows", True):
                raise NotAhead
            self._sent = self._submit(request)
            raise _Sent
        self.run.first_use(self.session)
        reply = self.session.call(request)
        return self.read(reply), reply.blob

    def in_its_turn(self) -> None:
        """Raises NotAhead while the task is only to be sent: it takes several calls."""
        if self._ahead:
            raise NotAhead

    def submit(
        self, module: str, args: Mapping[str, Any], blob: bytes, chain: int
    ) -> Future[Reply]:
        """Send a call as one of a chain, without waiting. Raises Unreachable."""
        request = replace(self._request(module, args, blob), chain=chain)
        self.run.first_use(self.session)
        return self.session.submit(request)

    def _submit(self, request: Request) -> Future[Reply]:
        try:
            self.run.first_use(self.session)
            return self.session.submit(request)
        except Unreachable as error:  # kept for its turn: trying twice takes twice as long
            failed: Future[Reply] = Future()
            failed.set_exception(error)
            return failed

    def read(self, reply: Reply) -> Result:
        """What a reply says."""
        self.effects.on_node += reply.seconds
        result = dict(unsafe(reply.result))
        add_lines(result)
        if reply.crash:
            result["exception"] = reply.crash
        return result

    def send_ahead(
        self, action: Callable[[Context], Result] | None = None, chain: int | None = None
    ) -> None:
        """Send the task's module call now; ``answer`` then only waits for its reply.

        Parameters:
            action: the controller's half of the task, if it has one. Only its one call counts.
            chain: as for ``Request``.

        Raises:
            NotAhead: it takes more than one call.
        """
        self._ahead, self._chain = True, chain
        try:
            if action is None:
                self.call(self.task.action, self.args)
            else:
                action(self)
        except _Sent:
            return
        finally:
            self._ahead, self._chain = False, None
        raise NotAhead

    def answer(self) -> Result | None:
        """The reply to what was sent ahead; None if there is none, and the task still to do."""
        sent, self._sent = self._sent, None
        if sent is None:
            return None
        reply = sent.result()
        return None if reply.dropped else self.read(reply)

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
            chain=self._chain,
            job_directory=self.job_directory,
        )

    def inherited(self) -> tuple[Mapping[str, Any], ...]:
        """What included tasks see above their own variables: the item, the include's vars."""
        own = self.task.own_vars
        return (*self.extras[: self.items], own, *self.extras[self.items :]) if own else self.extras

    def search(self) -> tuple[Path, ...]:
        """Folders in which the task's files are looked for."""
        return self.play.search(self.task)

    def say(self, text: str) -> None:
        """What the task waits for now, for who watches; nothing where no_log hides it."""
        if self.on_output is not None:
            self.on_output(text + "\n")

    def sleep(self, seconds: float) -> None:
        """Wait; shorter if the user aborts."""
        if self.run.cancelled.wait(seconds):
            raise KeyboardInterrupt
