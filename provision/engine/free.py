"""The free and host_pinned strategies: every host goes on as soon as it can."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import TYPE_CHECKING

from provision.engine.cursor import Step
from provision.engine.outcome import Outcome
from provision.engine.strategy import Strategy
from provision.errors import ProvisionError

if TYPE_CHECKING:
    from provision.engine.play import PlayRun


class Free(Strategy):
    """No host waits for another, but for ``throttle``; ``run_once`` and ``any_errors_fatal``
    mean nothing here."""

    def __init__(self, play: PlayRun) -> None:
        super().__init__(play)
        self._running: dict[Future[Outcome], tuple[str, Step]] = {}
        self._held: list[str] = []
        self._announced: set[int] = set()

    def run(self) -> None:
        """Until no host has anything left to do."""
        for host in self.play.working():
            self._next(host)
        while self._running:
            done, _ = wait(self._running, return_when=FIRST_COMPLETED)
            for future in done:
                host, step = self._running.pop(future)
                self.settle(host, step, future.result())
                if not self.play.ended:
                    self._next(host)
            held, self._held = self._held, []
            for host in held:
                if not self.play.ended:
                    self._next(host)

    def _next(self, host: str) -> None:
        """Begin the host's next task, or hold it back where enough others are at it."""
        step = self.play.cursors[host].peek()
        if step is None:
            self.check_gone(host)
            return
        if step.task.id not in self._announced:
            self._announced.add(step.task.id)
            self.announce(step, host)
        try:
            most = self.throttle(step, host)
        except (ProvisionError, ValueError) as error:
            self.refuse(host, step, error)
            self._next(host)
            return
        if most and self._at(step) >= most:
            self._held.append(host)
            return
        self._running[self.run_.workers.submit(self.work, host, step)] = (host, step)

    def _at(self, step: Step) -> int:
        return sum(other.task is step.task for _, other in self._running.values())
