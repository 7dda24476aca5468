"""What runs inside a Dask worker: the sessions of the hosts that were given to it.

The functions at the end are called through Dask's ``Client.run``. Imports nothing of Dask.
"""

from __future__ import annotations

import asyncio
import contextlib
import platform
import queue
import threading
import time
from collections import deque
from concurrent.futures import Future
from typing import Any

from provision import __version__
from provision.errors import ProvisionError, Unreachable
from provision.transport.channel import Connection
from provision.transport.payload import payload
from provision.transport.pool import SessionPool
from provision.transport.remote.messages import (
    Call,
    Envelope,
    News,
    Open,
    Opened,
    Order,
    Raw,
    Reset,
    Way,
    from_json,
)
from provision.transport.remote.ways import unpacked
from provision.transport.session import Reply, Session
from provision.transport.target import Target

ORPHANED = 60.0
"""Seconds after which a controller that does not ask for news is taken for dead."""


class Run:
    """One controller's sessions on this worker."""

    def __init__(self, number: str) -> None:
        self._number = number
        self._pool = SessionPool(self._connect)
        self._ways: dict[Target, Way] = {}
        self._lanes: dict[int, queue.SimpleQueue[Order | None]] = {}
        self._news: deque[tuple[int, News]] = deque()
        self._last = 0
        self._lock = threading.Lock()
        self._told: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None
        self._asked = time.monotonic()
        self._over = threading.Event()
        threading.Thread(target=self._watch, name="provision orphans", daemon=True).start()

    def take(self, orders: list[Order]) -> None:
        """Carry orders out, those of a lane one after another. Does not wait."""
        self._asked = time.monotonic()
        for order in orders:
            lane = self._lanes.get(order.lane)
            if lane is None:
                lane = self._lanes[order.lane] = queue.SimpleQueue()
                threading.Thread(target=self._serve, args=(lane,), daemon=True).start()
            lane.put(order)

    async def news(self, after: int, patience: float) -> list[tuple[int, News]]:
        """What happened after a numbered message; waits for some if there is none."""
        event = asyncio.Event()
        with self._lock:
            self._asked = time.monotonic()
            while self._news and self._news[0][0] <= after:
                self._news.popleft()
            if self._news:
                return list(self._news)
            self._told = (asyncio.get_running_loop(), event)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), patience)
        with self._lock:
            self._asked = time.monotonic()
            return list(self._news)

    def end(self) -> None:
        self._over.set()
        for lane in self._lanes.values():
            lane.put(None)
        self._ways.clear()
        self._pool.close()

    def _tell(self, number: int, what: Any) -> None:
        with self._lock:
            self._last += 1
            self._news.append((self._last, News(number, what)))
            told, self._told = self._told, None
        if told is not None:
            loop, event = told
            loop.call_soon_threadsafe(event.set)

    def _serve(self, lane: queue.SimpleQueue[Order | None]) -> None:
        session: Session | None = None
        while (order := lane.get()) is not None:
            try:
                match order:
                    case Open():
                        self._ways[order.way.target] = order.way
                        session = self._pool.get(order.way.target, order.become)
                        user = self._pool.user(order.way.target)
                        self._tell(order.number, Opened(session.facts, user))
                    case Call():
                        if session is None:
                            raise Unreachable("there is no session to send it to")
                        self._call(session, order)
                    case Raw():
                        target = order.way.target
                        self._ways[target] = order.way
                        done = self._pool.raw(target, order.command, order.become, order.timeout)
                        self._tell(order.number, done)
                    case Reset():
                        self._pool.reset(order.target)
                        self._tell(order.number, None)
            except Exception as error:  # noqa: BLE001 - raised again on the controller
                self._tell(order.number, _portable(error))
            if isinstance(order, Raw | Reset):
                del self._lanes[order.lane]
                return

    def _call(self, session: Session, order: Call) -> None:
        number = order.number

        def done(future: Future[Reply]) -> None:
            error = future.exception()
            self._tell(number, _portable(error) if error else future.result())

        listener = (lambda text: self._tell(number, text)) if order.stream else None
        request = from_json(order.request, order.blob, listener)
        session.submit(request).add_done_callback(done)

    def _connect(self, target: Target) -> Connection:
        from provision.transport.ssh import SshConnection

        with unpacked(self._ways[target]) as hops:
            return SshConnection(target, hops)

    def _watch(self) -> None:
        while not self._over.wait(ORPHANED / 6):
            if time.monotonic() - self._asked > ORPHANED:
                end(self._number)


def _portable(error: BaseException) -> Exception:
    """An error as it can be raised in another process."""
    if isinstance(error, ProvisionError):
        return error
    return RuntimeError(f"{type(error).__name__}: {error}")


_runs: dict[str, Run] = {}


def identify() -> dict[str, str]:
    """What has to be the same on the controller and on every worker."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"provision": __version__, "python": python, "agent": payload().name}


def begin(number: str) -> None:
    _runs[number] = Run(number)


async def take(number: str, orders: list[Envelope]) -> bool:
    """False: this worker does not know the run (any more)."""
    run = _runs.get(number)
    if run is not None:
        run.take([order.open() for order in orders])
    return run is not None


async def news(number: str, after: int, patience: float) -> Envelope | None:
    """None: this worker does not know the run (any more)."""
    run = _runs.get(number)
    return Envelope(await run.news(after, patience)) if run is not None else None


def end(number: str) -> None:
    run = _runs.pop(number, None)
    if run is not None:
        run.end()
