"""What all strategies do with a task's outcome: tallies, notifications, failures, includes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from provision.engine import meta, results
from provision.engine.cursor import Step
from provision.engine.events import HostFinished, Status, TaskStarted
from provision.engine.execute import Execution
from provision.engine.outcome import Outcome
from provision.engine.truth import truth
from provision.errors import ProvisionError, did_you_mean
from provision.playbook.model import Task
from provision.templating import is_template, unsafe

if TYPE_CHECKING:
    from provision.engine.play import PlayRun

# They act on the run, not on a host, so they run once for all.
BYPASS_HOSTS = frozenset({"add_host", "pause"})
QUIET = frozenset({"meta"})


class Strategy(ABC):
    """How the hosts of a batch go through the play's tasks."""

    def __init__(self, play: PlayRun) -> None:
        self.play = play
        self.run_ = play.run

    @abstractmethod
    def run(self) -> None:
        """Until no host of the batch has anything left to do."""

    def confirmed(self, step: Step, host: str) -> bool:
        """Whether the user, if asked for each task (--step), wants this one."""
        ask = self.run_.ask_step
        if ask is None or step.task.action in QUIET:
            return True
        answer = ask(self._title(step, host))
        if answer == "c":
            self.run_.ask_step = None
        return answer in ("y", "c")

    def announce(self, step: Step, host: str, hosts: Sequence[str] = ()) -> None:
        """Say that a task begins, on these hosts if that is known."""
        task = step.task
        if task.action in QUIET:
            return
        self.run_.publish(
            TaskStarted(
                task_id=task.id,
                path=self._title(step, host),
                module=task.action,
                handler=step.handler,
                hosts=hosts,
                location=task.at,
            )
        )

    def _title(self, step: Step, host: str) -> str:
        role = step.task.role
        name = self._rendered(step.task.title, step, host)
        return f"{role.name} : {name}" if role else str(name)

    def _rendered(self, name: str, step: Step, host: str) -> Any:
        """A task's name; as it is written where it cannot be rendered (yet)."""
        if not is_template(name):
            return name
        try:
            return self.run_.templar.render(name, self.play.scope(host, step.task, step.extras))
        except ProvisionError:
            return name

    def carry_out(self, host: str, step: Step) -> Outcome:
        """One task on one host, and nothing around it."""
        return Execution(self.play, host, step).outcome()

    def work(self, host: str, step: Step) -> Outcome:
        """One task on one host: carried out, registered and told."""
        outcome = self.carry_out(host, step)
        if self.run_.cancelled.is_set():  # closed sessions look unreachable, and are not
            return outcome
        self.judge_notifications(host, outcome)
        if outcome.notify and outcome.status is Status.CHANGED:
            self.play.owe(host, outcome.notify)
        if step.task.register:
            self.register(host, step.task, outcome)
        if not outcome.failed and not outcome.unreachable and step.task.action in QUIET:
            return outcome
        self.tell(host, step, outcome)
        return outcome

    def register(self, host: str, task: Task, outcome: Outcome) -> None:
        assert task.register is not None
        self.run_.memory(host).assigned[task.register] = unsafe(outcome.result)

    def judge_notifications(self, host: str, outcome: Outcome) -> None:
        """A notification that nothing answers to is the task's failure."""
        handlers = self.play.handlers
        for name in outcome.notify:
            if not handlers.named(name):
                message = f"there is no handler named '{name}', nor one that listens to it"
                hint = did_you_mean(name, handlers.names())
                added: dict[str, Any] = {"failed": True, "msg": message}
                if hint:
                    added["hint"] = hint
                outcome.status = Status.FAILED
                outcome.ignored = False
                outcome.result = {**outcome.result, **added}
                outcome.shown = {**outcome.shown, **added}
                outcome.notify = []
                return

    def tell(self, host: str, step: Step, outcome: Outcome) -> None:
        """Count the outcome and publish it."""
        cursor = self.play.cursors[host]
        rescued = outcome.failed and cursor.rescuable()
        count(self.run_.tally(host), outcome, rescued)
        self.run_.publish(
            HostFinished(
                task_id=step.task.id,
                host=host,
                status=outcome.status,
                result=outcome.shown,
                ignored=outcome.ignored,
                rescued=rescued,
                delegate=outcome.delegate,
                duration=outcome.duration,
                on_node=outcome.on_node,
            )
        )

    def refuse(self, host: str, step: Step, error: Exception) -> None:
        """A keyword that says who runs the task cannot be read: it fails."""
        result = results.failure(error)
        outcome = Outcome(Status.FAILED, result, result)
        self.tell(host, step, outcome)
        self.settle(host, step, outcome)

    def settle(self, host: str, step: Step, outcome: Outcome) -> None:
        """Move the host on to what follows from the outcome."""
        cursor = self.play.cursors[host]
        if outcome.unreachable:
            self.lose(host)
            return
        if outcome.failed:
            self.fail(host, step, outcome)
            return
        cursor.notified.extend(n for n in outcome.notify if n not in cursor.notified)
        cursor.advance()
        if step.handler:
            self.play.owe(host)
        if outcome.groups:
            cursor.include(step, outcome.groups)
        if outcome.meta is not None:
            meta.apply(self.play, host, step, outcome.meta)

    def fail(self, host: str, step: Step | None, outcome: Outcome | None) -> None:
        """The host failed where it stands."""
        cursor = self.play.cursors[host]
        if step is not None and outcome is not None and cursor.rescuable():
            task = step.task
            assigned = self.run_.memory(host).assigned
            assigned["ansible_failed_task"] = {
                "name": unsafe(self._rendered(task.name, step, host)),
                "action": task.action,
                "args": unsafe(task.args),
                "role": task.role.name if task.role else None,
            }
            assigned["ansible_failed_result"] = unsafe(outcome.result)
        cursor.fail()
        self.check_gone(host)

    def check_gone(self, host: str) -> None:
        """A host whose failure nothing caught takes no part any more."""
        cursor = self.play.cursors[host]
        if cursor.peek() is None and cursor.failed:
            self.run_.failed.add(host)
            self.play.leave(host)

    def lose(self, host: str) -> None:
        """The host became unreachable."""
        self.run_.unreachable.add(host)
        self.play.cursors[host].stop()
        self.play.leave(host)

    def once(self, step: Step, host: str) -> bool:
        """Whether the first host runs the task for all."""
        task = step.task
        if task.action in BYPASS_HOSTS:
            return True
        if task.action == "meta":
            return meta.concerns_all(task)
        return self.flag(step, host, task.settings.run_once)

    def throttle(self, step: Step, host: str) -> int:
        """How many hosts may be at the task at a time; 0 for all."""
        value = step.task.settings.throttle
        if value is None:
            return 0
        if isinstance(value, str):
            scope = self.play.scope(host, step.task, step.extras)
            value = self.run_.templar.render(value, scope)
        return int(value)

    def flag(self, step: Step, host: str, value: Any) -> bool:
        if value is None or isinstance(value, bool):
            return bool(value)
        if is_template(value):
            value = self.run_.templar.render(value, self.play.scope(host, step.task, step.extras))
        return truth(value)


def count(tally: Any, outcome: Outcome, rescued: bool) -> None:
    """Add an outcome to the host's line of the recap, as Ansible counts."""
    status = outcome.status
    if status is Status.SKIPPED:
        tally.skipped += 1
        return
    if outcome.ignored:
        tally.ok += 1
        tally.ignored += 1
        tally.changed += bool(outcome.result.get("changed"))
    elif status is Status.UNREACHABLE:
        tally.unreachable += 1
    elif status is Status.FAILED:
        tally.ok += len(outcome.groups)  # what a loop of includes could include all the same
        if rescued:
            tally.rescued += 1
        else:
            tally.failed += 1
    else:
        tally.ok += max(1, len(outcome.groups))
        tally.changed += status is Status.CHANGED
