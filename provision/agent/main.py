"""The agent's loop: one request after another, until the channel closes.

A thread reads frames ahead into a queue, so that the channel's end is noticed, and pings are
answered, while a module runs. The main thread runs modules, where alarms can interrupt them.
"""

from __future__ import annotations

import collections
import contextlib
import gc
import os
import pwd
import queue
import signal
import sys
import threading
import time
from types import FrameType
from typing import Any, Callable, Deque, Dict, Iterator, Optional, Tuple, Union

from provision.agent import catalog, facts, process, protocol, unfinished
from provision.agent.arriving import APART, CHUNK, Arriving
from provision.agent.outbox import Outbox
from provision.agent.spec import ArgumentError
from provision.agent.task import ModuleFailed, ModuleTask

SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")
BROKEN = 256
"""Chains remembered as broken: those of several hosts' tasks interleave, delegated to one."""
ALARM_AGAIN = 5.0
"""Seconds after which the alarm rings again, should a module have swallowed the first."""


Blob = Union[bytes, Arriving]


class TaskTimeout(BaseException):
    """Not an Exception, so that a module's own ``except Exception`` lets it pass."""


class Alarm:
    """Ends the module under way, but never in the middle of a frame."""

    def __init__(self) -> None:
        self._held = False
        self._rang = False

    def ring(self, number: int, frame: Optional[FrameType]) -> None:
        if self._held:
            self._rang = True
        else:
            raise TaskTimeout

    @contextlib.contextmanager
    def held_back(self) -> Iterator[None]:
        self._held, self._rang = True, False
        yield
        self._held = False
        if self._rang:
            raise TaskTimeout


class Agent:
    """Parameters:
    requests, replies: file descriptors of the channel.
    scratch: a directory to remove at the end, when the code could not be cached.
    """

    def __init__(self, requests: int, replies: int, scratch: Optional[str] = None) -> None:
        self._stream = os.fdopen(requests, "rb", 65536)
        self._outbox = Outbox(replies, self.close)
        self._scratch = scratch
        self._alarm = Alarm()
        self._queue: queue.Queue[Tuple[Dict[str, Any], Blob]] = queue.Queue()
        self._broken_chains: Deque[int] = collections.deque(maxlen=BROKEN)

    def serve(self) -> None:
        """Say hello, then work until the channel closes. Does not return."""
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGALRM, self._alarm.ring)
        self.send({"hello": facts.hello()})
        gc.freeze()
        gc.enable()
        threading.Thread(target=self._read, daemon=True).start()
        while True:
            message, blob = self._queue.get()
            try:
                self._answer(message, blob)
            finally:
                if isinstance(blob, Arriving):
                    blob.drop()

    def send(self, message: Dict[str, Any], blob: bytes = b"", more: bool = False) -> None:
        """One frame to the controller; if it is gone, so are we.

        Parameters:
            more: another is about to follow, and this one may wait for it.
        """
        self._outbox.send(protocol.encode(message, blob), more)

    def close(self) -> None:
        """Leave nothing running and nothing behind. Does not return."""
        process.kill_all(closing=True)
        if self._scratch:
            import shutil  # costs 5 ms, and few agents need it

            shutil.rmtree(self._scratch, ignore_errors=True)
        unfinished.remove_all()  # at the very end: the module goes on meanwhile
        os._exit(0)

    def _on_signal(self, number: int, frame: Optional[FrameType]) -> None:
        self.close()

    def _read(self) -> None:
        read_exactly = protocol.reader(self._stream)
        try:
            while True:
                message, size = protocol.decode_head(read_exactly)
                if "ping" in message:
                    self.send({"pong": message["ping"]})
                elif size > APART:
                    self._pass_on(message, Arriving(size), read_exactly)
                else:
                    self._queue.put((message, read_exactly(size) if size else b""))
        except (EOFError, OSError, protocol.FrameError):
            self.close()

    def _pass_on(
        self, message: Dict[str, Any], blob: Arriving, read_exactly: Callable[[int], bytes]
    ) -> None:
        self._queue.put((message, blob))
        left = blob.size
        while left:
            chunk = read_exactly(min(left, CHUNK))
            left -= len(chunk)
            # Pings wait behind these bytes meanwhile, and so would be taken for silence.
            blob.feed(chunk, waiting=lambda: self.send({"pong": 0}))

    def _answer(self, message: Dict[str, Any], blob: Blob) -> None:
        number, chain = message["id"], message.get("chain")
        if chain in self._broken_chains:
            self.send({"id": number, "dropped": True}, more=not self._queue.empty())
            return
        emit = None
        if message.get("stream"):

            def emit(text: str) -> None:
                with self._alarm.held_back():
                    self.send({"id": number, "output": text})

        began = time.monotonic()
        try:
            if "job_directory" in message:
                reply, data = begin_job(message, blob), b""
            else:
                reply, data = execute(message, blob, emit)
            if chain is not None and failed(reply):
                self._broken_chains.append(chain)
            seconds = round(time.monotonic() - began, 6)
            more = not self._queue.empty()
            self.send(dict(reply, id=number, seconds=seconds), data, more)
        except (TypeError, ValueError, RecursionError, protocol.FrameError) as error:
            if chain is not None:
                self._broken_chains.append(chain)
            text = "the module's result cannot be sent: {}".format(error)
            self.send({"id": number, "error": {"kind": "crash", "message": text}})


def failed(reply: Dict[str, Any]) -> bool:
    """Whether the controller will call this a failure, as far as the node can tell."""
    result = reply.get("result")
    if result is None or "failed" in result:
        return result is None or bool(result["failed"])
    return not result.get("skipped") and result.get("rc", 0) not in (0, "0", None)


def execute(
    message: Dict[str, Any], blob: Blob, emit: Optional[Callable[[str], None]]
) -> Tuple[Dict[str, Any], bytes]:
    """Run the module a request names; what to reply, without its id. Never raises."""
    timeout = message.get("timeout")
    try:
        try:
            if timeout:
                signal.setitimer(signal.ITIMER_REAL, timeout, ALARM_AGAIN)
            return _run_module(message, blob, emit)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except TaskTimeout:
        signal.setitimer(signal.ITIMER_REAL, 0)
        process.kill_all()
        return _error("timeout", "timed out after {:g} s".format(timeout or 0)), b""
    except ModuleFailed as error:
        return _error("failed", error.message, result=error.result), b""
    except ArgumentError as error:
        hint = " ({})".format(error.hint) if error.hint else ""
        return _error("arguments", error.message + hint), b""
    except BaseException as error:  # noqa: BLE001 - a module's bug must not end the session
        import traceback  # 2 ms that only a bug costs

        text = "{} crashed: {}: {}".format(message.get("module"), type(error).__name__, error)
        return _error("crash", text, traceback=traceback.format_exc()), b""


def begin_job(message: Dict[str, Any], blob: Blob) -> Dict[str, Any]:
    """Run the module a request names in a process of its own. Never raises."""
    # Nothing arrives in a child.
    content = blob.whole() if isinstance(blob, Arriving) else blob

    def work() -> Dict[str, Any]:
        reply, _ = execute(message, content, None)
        error = reply.get("error")
        if error is None:
            return dict(reply["result"])
        if error["kind"] == "timeout":
            return {"failed": True, "msg": "Timeout exceeded", "child_pid": os.getpid()}
        return dict(error.get("result") or {}, failed=True, msg=error["message"])

    try:
        catalog.load_module(message["module"])
        from provision.agent import jobs  # most agents start none

        return {"result": jobs.start(message["job_directory"], work)}
    except OSError as error:
        return _error("failed", "the job cannot be started: {}".format(error))


def _run_module(
    message: Dict[str, Any], blob: Blob, emit: Optional[Callable[[str], None]]
) -> Tuple[Dict[str, Any], bytes]:
    module = catalog.load_module(message["module"])
    check = bool(message.get("check"))
    if check and not module.SPEC.check_mode:
        text = "{} cannot say what it would change, so check mode skips it".format(module.SPEC.name)
        return {"result": {"changed": False, "skipped": True, "msg": text}}, b""
    task = ModuleTask(
        module.SPEC.validate(message.get("args") or {}, on_node=True),
        check=check,
        diff=bool(message.get("diff")),
        blob=blob,
        env=message.get("env"),
        emit=emit,
    )
    result = module.run(task)
    if not isinstance(result, dict):
        raise TypeError("the module returned {} instead of a dict".format(type(result).__name__))
    return {"result": result}, task.reply_blob


def _error(kind: str, message: str, **more: Any) -> Dict[str, Any]:
    return {"error": dict(more, kind=kind, message=message)}


def claim_stdio() -> Tuple[int, int]:
    """Keep stdin and stdout for frames; a stray print or read meets /dev/null instead."""
    requests, replies = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    os.close(null)
    return requests, replies


def settle() -> None:
    """The surroundings modules may count on: a directory, umask, locale, a PATH with sbin.

    The directory is where the login began, or where a local agent was started; the user's
    home where that is closed to the user.
    """
    os.umask(0o022)
    try:
        if not os.access(os.getcwd(), os.R_OK | os.X_OK):
            os.chdir(pwd.getpwuid(os.geteuid()).pw_dir)
    except (KeyError, OSError):
        os.chdir("/")
    os.environ.update(LC_ALL="C.UTF-8", LANG="C.UTF-8")
    path = [part for part in os.environ.get("PATH", "/usr/bin:/bin").split(":") if part]
    os.environ["PATH"] = ":".join(path + [part for part in SBIN if part not in path])


def main(scratch: Optional[str] = None) -> None:
    requests, replies = claim_stdio()
    settle()
    Agent(requests, replies, scratch).serve()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
