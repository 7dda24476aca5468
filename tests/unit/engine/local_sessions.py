"""Sessions without a network: real modules, run in this process."""

from __future__ import annotations

import contextlib
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from provision.agent.catalog import load_module
from provision.agent.task import ModuleFailed, ModuleTask
from provision.errors import Unreachable
from provision.transport.session import Reply, Request
from provision.transport.target import Become, Target

Hook = Callable[[Target, Request], dict[str, Any] | None]


class LocalSession:
    def __init__(self, sessions: LocalSessions, target: Target, become: Become | None) -> None:
        self._sessions = sessions
        self.target = target
        self.become = become
        self.facts: dict[str, Any] = {"hostname": target.name, "os_family": "Debian", "local": {}}
        self._lock = threading.Lock()
        self._broken_chain: int | None = None

    def submit(self, request: Request) -> Future[Reply]:
        future: Future[Reply] = Future()
        if request.chain is not None and request.chain == self._broken_chain:
            future.set_result(Reply({}, dropped=True))
            return future
        try:
            reply = self.call(request)
            if reply.result.get("failed"):
                self._broken_chain = request.chain
            future.set_result(reply)
        except Unreachable as error:
            future.set_exception(error)
        return future

    def call(self, request: Request) -> Reply:
        with self._lock:
            return self._sessions.carry_out(self.target, self.become, request)

    def together(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def close(self) -> None:
        pass


class LocalSessions:
    """Parameters:
    hook: may answer a request instead of the module.
    down: hosts that cannot be reached.
    """

    def __init__(self, hook: Hook | None = None, down: tuple[str, ...] = ()) -> None:
        self.calls: list[tuple[str, str, dict[str, Any]]] = []
        self.requests: list[tuple[Target, Become | None, Request]] = []
        self.down = set(down)
        self.resets: list[str] = []
        self.closed = False
        self._hook = hook
        self._open: dict[Any, LocalSession] = {}
        self._lock = threading.Lock()

    def get(self, target: Target, become: Become | None = None) -> LocalSession:
        if target.name in self.down:
            raise Unreachable("connection refused", host=target.name)
        with self._lock:
            key = (target, become)
            if key not in self._open:
                self._open[key] = LocalSession(self, target, become)
            return self._open[key]

    def carry_out(self, target: Target, become: Become | None, request: Request) -> Reply:
        if target.name in self.down:
            raise Unreachable("connection lost", host=target.name)
        with self._lock:
            self.calls.append((target.name, request.module, dict(request.args)))
            self.requests.append((target, become, request))
        if self._hook is not None:
            answer = self._hook(target, request)
            if answer is not None:
                return Reply(answer)
        module = load_module(request.module)
        args = module.SPEC.validate(request.args, on_node=True)
        task = ModuleTask(
            args, request.check, request.diff, request.blob, request.env, request.on_output
        )
        try:
            return Reply(module.run(task), task.reply_blob)
        except ModuleFailed as error:
            return Reply({"failed": True, "msg": error.message, **error.result})
        except Exception as error:  # noqa: BLE001  as the agent does
            return Reply({"failed": True, "msg": str(error)}, crash=traceback.format_exc())

    def raw(
        self,
        target: Target,
        command: str,
        become: Become | None = None,
        timeout: float | None = None,
    ) -> tuple[int, str, str]:
        with self._lock:
            self.calls.append((target.name, "raw", {"command": command}))
        return 0, "raw " + command, ""

    def reset(self, target: Target) -> None:
        self.resets.append(target.name)

    def close(self) -> None:
        self.closed = True
