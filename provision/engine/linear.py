"""The linear strategy: every host finishes a task before any begins the next."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import TYPE_CHECKING

from provision.engine.ahead import Ahead
from provision.engine.cursor import Step
from provision.engine.events import Status
from provision.engine.outcome import Outcome
from provision.engine.strategy import BYPASS_HOSTS, Strategy
from provision.errors import ProvisionError

if TYPE_CHECKING:
    from provision.engine.play import PlayRun

_Results = dict[str, Outcome]


class Linear(Strategy):
    """All hosts in step; those that stand elsewhere (in a rescue) wait for their turn."""

    def __init__(self, play: PlayRun) -> None:
        super().__init__(play)
        self._ahead = Ahead(play)

    def carry_out(self, host: str, step: Step) -> Outcome:
        ready = self._ahead.take(host, step)
        outcome = ready.outcome() if ready is not None else super().carry_out(host, step)
        if outcome.status in (Status.FAILED, Status.UNREACHABLE):
            self._ahead.forget(host)
        return outcome

    def run(self) -> None:
        """Until no host has anything left to do."""
        while not self.play.ended:
            standing: dict[str, Step] = {}
            for host in self.play.working():
                step = self.play.cursors[host].peek()
                if step is not None:
                    standing[host] = step
                else:
                    self.check_gone(host)
            if not standing:
                return
            path = min(step.path for step in standing.values())
            leader = next(step for step in standing.values() if step.path == path)
            group = {h: s for h, s in standing.items() if s.path == path and s.task is leader.task}
            self._together(group)

    def _together(self, group: dict[str, Step]) -> None:
        """One task on the hosts that have come to it."""
        hosts = list(group)
        first = hosts[0]
        step = group[first]
        if not self.confirmed(step, first):
            for host in hosts:
                self.play.cursors[host].advance()
            return
        try:
            once = self.once(step, first)
            fatal = once or self.flag(step, first, step.task.settings.any_errors_fatal)
            throttle = self.throttle(step, first)
        except (ProvisionError, ValueError) as error:
            self.announce(step, first, hosts)
            for host in hosts:
                self.refuse(host, group[host], error)
            return
        chosen = hosts[:1] if once else hosts
        self.announce(step, first, chosen)
        outcomes = self._all(group, chosen, throttle)
        if once:
            self._share(group, hosts, outcomes[first])
        else:
            for host in hosts:
                self.settle(host, group[host], outcomes[host])
        failed = [h for h, outcome in outcomes.items() if outcome.failed]
        lost = [h for h, outcome in outcomes.items() if outcome.unreachable]
        if (failed or lost) and fatal:
            self._fatal(
                [h for h in self.play.working() if h not in failed and h not in lost],
                already=hosts if once and failed else failed,
            )
        self._limit_failures()

    def _all(self, group: dict[str, Step], hosts: list[str], throttle: int) -> _Results:
        if len(hosts) == 1:
            return {hosts[0]: self.work(hosts[0], group[hosts[0]])}
        # With every answer on its way, handing over to a thread and back costs more than it gains.
        if throttle == 1 or all(self._ahead.under_way(host, group[host]) for host in hosts):
            return {host: self.work(host, group[host]) for host in hosts}
        ended: _Results = {}
        size = throttle or len(hosts)
        running: dict[str, Future[Outcome]] = {}
        waiting = list(hosts)
        while waiting or running:
            while waiting and len(running) < size:
                host = waiting.pop(0)
                running[host] = self.run_.workers.submit(self.work, host, group[host])
            done = next(iter(running)) if size >= len(hosts) else self._any_done(running)
            ended[done] = running.pop(done).result()
        return ended

    @staticmethod
    def _any_done(running: dict[str, Future[Outcome]]) -> str:
        done, _ = wait(running.values(), return_when=FIRST_COMPLETED)
        return next(host for host, future in running.items() if future in done)

    def _share(self, group: dict[str, Step], hosts: list[str], outcome: Outcome) -> None:
        """What one host did counts for all that stood with it."""
        first = hosts[0]
        task = group[first].task
        if outcome.unreachable:
            self.settle(first, group[first], outcome)
            return
        for host in self.play.working():
            if host == first:
                continue
            # Of tasks that bypass hosts without being run_once, only the first has the result.
            bypasses = task.action in BYPASS_HOSTS and task.settings.run_once is None
            if task.register and not bypasses:
                self.register(host, task, outcome)
            for lesson in outcome.lessons:
                if lesson.host == first:
                    lesson.into(self.run_.memory(host))
        for host in hosts[1:]:
            if outcome.failed:
                self.fail(host, group[host], outcome)
            else:  # what it includes is for the first host only, as in Ansible
                self.play.cursors[host].advance()
        self.settle(first, group[first], outcome)

    def _fatal(self, others: list[str], already: list[str]) -> None:
        """any_errors_fatal: everybody fails here, through their rescue and always."""
        for host in others:
            if host not in already:  # also where a rescue follows: no later play has it
                self.run_.failed.add(host)
                self.fail(host, None, None)

    def _limit_failures(self) -> None:
        """max_fail_percentage: beyond it the run ends, without the handlers, even forced ones."""
        limit = self.play.play.max_fail_percentage
        if limit is None:
            return
        for cursor in self.play.cursors.values():
            cursor.peek()  # out of an always that is through
        lost = sum(cursor.lost for cursor in self.play.cursors.values())
        if lost * 100 > float(limit) * self.play.batch_size:
            self.run_.failed.update(self.play.working())
            self.play.ended = self.play.broken = True
