"""A session: requests out, replies in, several under way at once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from provision.agent import protocol
from provision.errors import Unreachable
from provision.transport.channel import Channel
from provision.transport.session import Reply, Request
from provision.transport.startup import Inbox
from provision.transport.target import Target

SILENCE = 10.0
"""Seconds without a byte, while an answer is due, before asking whether the agent is there."""
PATIENCE = 3
"""That many silences in a row mean that it is not."""
TOGETHER = 8
"""Requests in one packet at most, so that the node begins while the next are being made. One by
one they cost a tenth more of the controller's CPU."""
APART = 1 << 18
"""Bytes of content from which it is sent as it is, without a copy together with its request."""


@dataclass(slots=True)
class _Pending:
    """A request under way; its content is let go of once it is sent."""

    on_output: Callable[[str], None] | None
    future: Future[Reply]


class AgentSession:
    """Implements ``session.Session`` over any channel.

    Parameters:
        facts: of the agent's hello.
        inbox: the channel's bytes from after the hello.
        where: ``user@address:port`` for messages.
        hang_up: ends the connection below, called when the other side is silent: a new
            session must not be tried over the same one.
    """

    def __init__(
        self,
        target: Target,
        channel: Channel,
        facts: dict[str, Any],
        inbox: Inbox,
        where: str,
        hang_up: Callable[[], None],
    ) -> None:
        self._target = target
        self._channel = channel
        self._facts = facts
        self._inbox = inbox
        self._where = where
        self._hang_up = hang_up
        self._state = threading.Lock()
        self._sending = threading.Lock()
        self._holder: int | None = None
        self._held: list[bytes] = []
        self._pending: dict[int, _Pending] = {}
        self._last = 0
        self._silences = 0
        self._broken: Unreachable | None = None
        threading.Thread(target=self._receive, name=f"session {where}", daemon=True).start()

    @property
    def target(self) -> Target:
        return self._target

    @property
    def facts(self) -> dict[str, Any]:
        return self._facts

    @property
    def alive(self) -> bool:
        return self._broken is None

    def submit(self, request: Request) -> Future[Reply]:
        future: Future[Reply] = Future()
        future.set_running_or_notify_cancel()
        with self._state:
            if self._broken is not None:
                future.set_exception(self._broken)
                return future
            self._last += 1
            number = self._last
            self._pending[number] = _Pending(request.on_output, future)
        try:
            self._send(_head(number, request), request.blob)
        except protocol.FrameError as error:
            self._settle(number, Reply(_failure(f"the request cannot be sent: {error}")))
        except OSError as error:
            self._break(f"the connection broke: {error}")
        return future

    def call(self, request: Request) -> Reply:
        future = self.submit(request)
        self._let_go()
        return future.result()

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        with self._sending:
            self._holder = threading.get_ident()
        try:
            yield
        finally:
            with self._sending:
                self._holder = None
            self._let_go()

    def close(self) -> None:
        self._break("the session was closed")

    def _send(self, head: bytes, blob: bytes) -> None:
        """Send it, or keep it for the next of a thread that said there would be more."""
        with self._sending:
            if len(blob) >= APART:
                self._held.append(head)
                self._write()
                for start in range(0, len(blob), APART):
                    self._channel.send(memoryview(blob)[start : start + APART])
                    self._silences = 0  # somebody takes it
                return
            self._held.append(head + blob)
            if self._holder != threading.get_ident() or len(self._held) >= TOGETHER:
                self._write()

    def _let_go(self) -> None:
        try:
            with self._sending:
                self._write()
        except OSError as error:
            self._break(f"the connection broke: {error}")

    def _write(self) -> None:
        held, self._held = self._held, []
        if held:
            self._channel.send(b"".join(held))

    def _receive(self) -> None:
        try:
            while True:
                message, blob = protocol.decode(self._read_exactly)
                self._dispatch(message, blob)
        except EOFError:
            self._break(
                "the connection was closed from the other side",
                "the node may have been rebooted or killed, or the agent was",
            )
        except TimeoutError:
            self._break(
                f"no sign of life for {SILENCE * PATIENCE:g} s",
                "the node is down, unreachable or badly overloaded",
            )
            self._hang_up()
        except protocol.FrameError as error:
            self._break(f"the agent's answer is garbled: {error}")
        except OSError as error:
            self._break(f"the connection broke: {error}")

    def _read_exactly(self, size: int) -> bytes:
        while len(self._inbox.buffer) < size:
            try:
                if not self._inbox.fill(SILENCE):
                    raise EOFError
                self._silences = 0
            except TimeoutError:
                self._ask_for_life()
        return self._inbox.take(size)

    def _ask_for_life(self) -> None:
        with self._state:
            due = bool(self._pending)
        self._silences = self._silences + 1 if due else 0
        if self._silences >= PATIENCE:
            raise TimeoutError
        # Where a sender waits for a full window, its bytes are question enough.
        if self._silences == 1 and self._sending.acquire(blocking=False):
            try:
                self._channel.send(protocol.encode({"ping": self._last}))
            finally:
                self._sending.release()

    def _dispatch(self, message: dict[str, Any], blob: bytes) -> None:
        if "pong" in message:
            return
        number = message["id"]
        if "output" not in message:
            self._settle(number, _reply(message, blob))
            return
        with self._state:
            pending = self._pending.get(number)
        if pending is None or pending.on_output is None:
            return
        try:
            pending.on_output(message["output"])
        except Exception as error:  # noqa: BLE001 - the caller's, and it must reach the caller
            self._settle(number, error)

    def _settle(self, number: int, outcome: Reply | Exception) -> None:
        with self._state:
            pending = self._pending.pop(number, None)
        if pending is None:
            return
        if isinstance(outcome, Reply):
            pending.future.set_result(outcome)
        else:
            pending.future.set_exception(outcome)

    def _break(self, what: str, hint: str | None = None) -> None:
        """End the session; everybody who waits is told the first reason."""
        with self._state:
            if self._broken is None:
                self._broken = Unreachable(
                    f"{self._where}: {what}", hint=hint, host=self._target.name
                )
            pending, self._pending = self._pending, {}
            reason = self._broken
        self._channel.close()
        for entry in pending.values():
            entry.future.set_exception(reason)


def _head(number: int, request: Request) -> bytes:
    """The request's frame up to its blob."""
    message = {
        "id": number,
        "module": request.module,
        "args": dict(request.args),
        "check": request.check,
        "diff": request.diff,
        "timeout": request.timeout,
        "env": dict(request.env),
        "stream": request.on_output is not None,
    }
    if request.chain is not None:
        message["chain"] = request.chain
    if request.job_directory is not None:
        message["job_directory"] = request.job_directory
    return protocol.head(message, len(request.blob))


def _reply(message: dict[str, Any], blob: bytes) -> Reply:
    if "dropped" in message:
        return Reply({}, dropped=True)
    if "error" not in message:
        result = {"changed": False, **message["result"]}
        return Reply(result, blob, seconds=message.get("seconds", 0.0))
    error = message["error"]
    result = {**error.get("result", {}), **_failure(error["message"])}
    result.setdefault("changed", False)
    return Reply(result, blob, error.get("traceback"), seconds=message.get("seconds", 0.0))


def _failure(message: str) -> dict[str, Any]:
    return {"failed": True, "msg": message}
