"""The free and host_pinned strategies: every host goes on as soon as it can."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, wait

from provision.engine.cursor import Step
from provision.engine.outcome import Outcome
from provision.engine.strategy import Strategy


class Free(Strategy):
    """No host waits for another; ``run_once`` and ``any_errors_fatal`` mean nothing here."""

    def run(self) -> None:
        """Until no host has anything left to do."""
        running: dict[Future[Outcome], tuple[str, Step]] = {}
        announced: set[int] = set()
        for host in self.play.working():
            self._next(host, running, announced)
        while running:
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                host, step = running.pop(future)
                self.settle(host, step, future.result())
                if self.play.ended:
                    continue
                self._next(host, running, announced)

    def _next(
        self, host: str, running: dict[Future[Outcome], tuple[str, Step]], announced: set[int]
    ) -> None:
        step = self.play.cursors[host].peek()
        if step is None:
            self.check_gone(host)
            return
        if step.task.id not in announced:
            announced.add(step.task.id)
            self.announce(step, host)
        running[self.run_.workers.submit(self.work, host, step)] = (host, step)
