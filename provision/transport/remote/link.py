"""The controller's side of one worker: orders go out and news comes in, each in order."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Protocol

from provision.errors import Unreachable
from provision.transport.remote import worker
from provision.transport.remote.messages import Envelope, News, Order

PATIENCE = 10.0
"""Seconds that a worker holds back its answer while there is no news."""
SILENCE = 45.0
"""Seconds without any answer after which a worker is taken for dead."""


class NotSent(Exception):
    """The worker was gone before it was sent anything of this: it may be sent elsewhere."""


class Client(Protocol):
    """What is needed of ``distributed.Client``."""

    def run(
        self, function: Callable[..., Any], *args: Any, workers: list[str], **options: Any
    ) -> Mapping[str, Any]: ...


@dataclass(slots=True)
class _Pending:
    lane: int
    future: Future[Any]
    on_output: Callable[[str], None] | None
    sent: bool = field(default=False)


class WorkerLink:
    """Orders to one worker.

    Parameters:
        run: the run's number on the workers.
    """

    def __init__(self, client: Client, address: str, run: str) -> None:
        self.address = address
        self._client = client
        self._run = run
        self._numbers = itertools.count(1)
        self._pending: dict[int, _Pending] = {}
        self._outbox: list[tuple[int, Envelope]] = []
        self._changed = threading.Condition()
        self._heard = time.monotonic()
        self._broken: str | None = None
        client.run(worker.begin, run, workers=[address])
        for task in (self._send, self._listen, self._watch):
            threading.Thread(target=task, name=f"{task.__name__} {address}", daemon=True).start()

    @property
    def alive(self) -> bool:
        return self._broken is None

    def order(
        self,
        lane: int,
        make: Callable[[int], Order],
        on_output: Callable[[str], None] | None = None,
    ) -> Future[Any]:
        """Have something carried out.

        Parameters:
            make: gets the order's number.

        Returns:
            What came of it. Fails with NotSent or Unreachable where the worker is gone.
        """
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        with self._changed:
            if self._broken is None:
                number = next(self._numbers)
                self._outbox.append((number, Envelope(make(number))))
                self._pending[number] = _Pending(lane, future, on_output)
                self._changed.notify_all()
                return future
        future.set_exception(NotSent())
        return future

    def close(self) -> None:
        """End the run on the worker."""
        if self._broken is None:
            self.give_up("the run is over")
            # If it does not hear of it, it ends by itself when nobody asks for news.
            with contextlib.suppress(Exception):
                self._client.run(worker.end, self._run, workers=[self.address])

    def give_up(self, why: str) -> None:
        """Nothing more goes to this worker; everybody who waits for it is told."""
        with self._changed:
            if self._broken is not None:
                return
            self._broken = why
            pending, self._pending = self._pending, {}
            self._outbox.clear()
            self._changed.notify_all()
        # Of a host of whose orders one is under way, the later ones must not overtake it.
        begun = {entry.lane for entry in pending.values() if entry.sent}
        for entry in pending.values():
            lost = entry.lane in begun
            entry.future.set_exception(self._lost(why) if lost else NotSent())

    def _lost(self, why: str) -> Unreachable:
        return Unreachable(
            f"the Dask worker {self.address} is gone ({why}); what it was doing may have been done",
            hint="look at the host, then run the playbook again; other workers take its place",
        )

    def _send(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._outbox or self._broken is not None)
                if self._broken is not None:
                    return
                batch, self._outbox = self._outbox, []
                for number, _ in batch:
                    self._pending[number].sent = True
            self._ask(worker.take, [envelope for _, envelope in batch])

    def _listen(self) -> None:
        after = 0
        while self._broken is None:
            envelope = self._ask(worker.news, after, PATIENCE)
            if envelope is None:
                return
            for number, news in envelope.open():
                after = max(after, number)
                self._settle(news)

    def _watch(self) -> None:
        """A worker that hangs breaks no connection."""
        with self._changed:
            while self._broken is None:
                self._changed.wait(SILENCE / 9)
                if time.monotonic() - self._heard > SILENCE:
                    break
        self.give_up(f"it was silent for {SILENCE:g} s")

    def _ask(self, function: Callable[..., Any], *args: Any) -> Any:
        """What a function on the worker answers; gives the worker up where it does not."""
        try:
            answers = self._client.run(function, self._run, *args, workers=[self.address])
        except Exception as error:  # noqa: BLE001 - whatever it is, the worker cannot be used
            self.give_up(type(error).__name__)
            return None
        self._heard = time.monotonic()
        answer = answers.get(self.address)
        if not answer:
            self.give_up("it was started anew")
        return answer or None

    def _settle(self, news: News) -> None:
        with self._changed:
            pending = self._pending.get(news.number)
            if pending is not None and not isinstance(news.what, str):
                del self._pending[news.number]
        if pending is None:
            return
        if isinstance(news.what, Exception):
            pending.future.set_exception(news.what)
        elif not isinstance(news.what, str):
            pending.future.set_result(news.what)
        elif pending.on_output is not None:
            try:
                pending.on_output(news.what)
            except Exception as error:  # noqa: BLE001 - the caller's, and it must reach the caller
                with self._changed:
                    self._pending.pop(news.number, None)
                pending.future.set_exception(error)
