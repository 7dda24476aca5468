"""``session.Sessions`` over the workers of a Dask cluster."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, Self

from provision.errors import Unreachable
from provision.transport.pool import SessionPool, Shelf
from provision.transport.remote.link import NotSent, WorkerLink
from provision.transport.remote.messages import Call, Open, Opened, Raw, Reset, as_json
from provision.transport.remote.ways import way_to
from provision.transport.session import Reply, Request, Session
from provision.transport.target import Become, Target


class RemoteSession:
    """Implements ``session.Session``: the real one is on a worker."""

    def __init__(
        self, sessions: DaskSessions, link: WorkerLink, lane: int, target: Target, opened: Opened
    ) -> None:
        self.link = link
        self.user = opened.user
        self._sessions = sessions
        self._lane = lane
        self._target = target
        self._facts = dict(opened.facts)
        self._broken = False
        self.become: Become | None = None

    @property
    def target(self) -> Target:
        return self._target

    @property
    def facts(self) -> dict[str, Any]:
        return self._facts

    @property
    def alive(self) -> bool:
        return not self._broken and self.link.alive

    def submit(self, request: Request) -> Future[Reply]:
        outer: Future[Reply] = Future()
        outer.set_running_or_notify_cancel()
        text = as_json(request)
        stream = request.on_output is not None
        inner = self.link.order(
            self._lane,
            lambda number: Call(number, self._lane, text, request.blob, stream),
            request.on_output,
        )

        def done(inner: Future[Any]) -> None:
            error = inner.exception()
            if error is None:
                outer.set_result(inner.result())
            elif isinstance(error, NotSent):
                # In a thread of its own: this one is the dead worker's, or the sender's.
                threading.Thread(target=self._elsewhere, args=(request, outer), daemon=True).start()
            else:
                self._broken = self._broken or isinstance(error, Unreachable)
                outer.set_exception(self._named(error))

        inner.add_done_callback(done)
        return outer

    def call(self, request: Request) -> Reply:
        return self.submit(request).result()

    def together(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def close(self) -> None:
        self._broken = True

    def _elsewhere(self, request: Request, outer: Future[Reply]) -> None:
        """Nothing of the request has left this process: another worker may have it."""
        try:
            outer.set_result(self._sessions.get(self._target, self.become).call(request))
        except Exception as error:  # noqa: BLE001 - raised where the request is waited for
            outer.set_exception(error)

    def _named(self, error: BaseException) -> BaseException:
        if isinstance(error, Unreachable) and error.host is None:
            error.host = self._target.name
        return error


class DaskSessions:
    """Implements ``session.Sessions``. Each host stays on one worker for as long as that lives.

    Parameters:
        links: one a worker.
        closing: called once everything is closed.
    """

    def __init__(self, links: Sequence[WorkerLink], closing: Any) -> None:
        self._links = list(links)
        self._closing = closing
        self._here = SessionPool()  # connection: local means the controller
        self._shelf: Shelf[RemoteSession] = Shelf()
        self._places: dict[str, WorkerLink] = {}
        self._lanes = itertools.count(1)
        self._lock = threading.Lock()

    def get(self, target: Target, become: Become | None = None) -> Session:
        if target.connection == "local":
            return self._here.get(target, become)
        session = self._shelf.get((target, become), lambda: self._open(target, become))
        if become is not None and session.user == become.user:
            return self._shelf.get((target, None), lambda: self._open(target, None))
        return session

    def raw(
        self,
        target: Target,
        command: str,
        become: Become | None = None,
        timeout: float | None = None,
    ) -> tuple[int, str, str]:
        if target.connection == "local":
            return self._here.raw(target, command, become, timeout)
        way, lane = way_to(target), next(self._lanes)
        _, done = self._order(
            target, lane, lambda number: Raw(number, lane, way, command, become, timeout)
        )
        status, out, err = done
        return status, out, err

    def reset(self, target: Target) -> None:
        if target.connection == "local":
            self._here.reset(target)
            return
        self._shelf.take(lambda key: key[0] == target)  # type: ignore[index]
        lane = next(self._lanes)
        self._order(target, lane, lambda number: Reset(number, lane, target))

    def close(self) -> None:
        self._shelf.take_all()
        closers = [threading.Thread(target=link.close, daemon=True) for link in self._links]
        for thread in closers:
            thread.start()
        self._here.close()
        for thread in closers:
            thread.join(5.0)
        self._closing()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _open(self, target: Target, become: Become | None) -> RemoteSession:
        way, lane = way_to(target), next(self._lanes)
        link, opened = self._order(target, lane, lambda number: Open(number, lane, way, become))
        session = RemoteSession(self, link, lane, target, opened)
        session.become = become
        return session

    def _order(self, target: Target, lane: int, make: Any) -> tuple[WorkerLink, Any]:
        """Have a host's worker do something; another one where it was gone before it was sent.

        Raises:
            Unreachable: the worker went while it did it, or none is left.
        """
        while True:
            link = self._place(target.name)
            try:
                return link, link.order(lane, make).result()
            except NotSent:
                continue

    def _place(self, host: str) -> WorkerLink:
        with self._lock:
            link = self._places.get(host)
            if link is not None and link.alive:
                return link
            alive = [link for link in self._links if link.alive]
            if not alive:
                raise Unreachable(
                    "no Dask worker is left to reach it from",
                    host=host,
                    hint="start workers, then run the playbook again",
                )
            held = Counter(place.address for place in self._places.values())
            chosen = min(alive, key=lambda link: held[link.address])
            self._places[host] = chosen
            return chosen
