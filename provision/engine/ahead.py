"""Tasks sent before the answers to those ahead of them have come.

A run of tasks costs one round trip instead of one each. What a playbook means stays as it is:

- Only modules whose work stays on their node are sent ahead, so that no host can tell that
  another is not yet as far (linear order). Anything else, ``command`` and services above all,
  waits until every host has finished what comes before it, and all wait for it.
- The node drops the rest of what was sent once a task fails, and what has been dropped is asked
  again if its turn comes all the same (``ignore_errors``).
- A task is not sent while anything it is made from may still change: results that are to be
  registered, facts, who is left in the play.

Hosts that share files with each other can say ``ansible_pipelining: false``.
"""

from __future__ import annotations

import contextlib
import itertools
from collections import deque
from typing import TYPE_CHECKING, Any

from provision.engine import targets
from provision.engine.assignment import Assignment
from provision.engine.context import NotAhead
from provision.engine.cursor import Step
from provision.engine.execute import Execution
from provision.engine.truth import truth
from provision.playbook.model import Task
from provision.templating import Scope, is_template
from provision.templating.names import names_used
from provision.transport.session import chains

if TYPE_CHECKING:
    from provision.engine.play import PlayRun
    from provision.transport.session import Session

WINDOW = 32
"""Tasks of a host that are under way at the same time."""

LOCAL = frozenset(
    {"authorized_key", "blockinfile", "copy", "cron", "dpkg_selections", "file", "find", "getent"}
    | {"group", "lineinfile", "ping", "replace", "slurp", "stat", "sysctl", "tempfile"}
    | {"template", "user"}
)
"""What they do, and how long it takes, is a matter of their own node alone."""

_MOVING = frozenset({"hostvars", "vars", "ansible_play_hosts", "ansible_play_batch", "play_hosts"})
_PLAIN = ("any_errors_fatal", "run_once", "throttle", "delegate_to")
_CONSTANT = ("check_mode", "diff", "no_log", "timeout")


class Ahead:
    """What has been sent to the hosts of a batch and not been dealt with yet."""

    def __init__(self, play: PlayRun) -> None:
        self._play = play
        self._queues: dict[str, deque[Execution]] = {}
        self._fit: dict[int, bool] = {}
        self._names: dict[int, frozenset[str] | None] = {}
        run = play.run
        # In these the end of one host's task, or a user, decides on what others begin.
        self._off = (
            play.play.max_fail_percentage is not None
            or run.options.step is not None
            or run.options.start_at_task is not None
        )

    def under_way(self, host: str, step: Step) -> bool:
        """Whether a host's task has been sent."""
        queue = self._queues.get(host)
        return queue is not None and len(queue) > 0 and _same(queue[0].step, step)

    def take(self, host: str, step: Step) -> Execution | None:
        """The task that a host is to carry out now, if it could be sent; with what follows."""
        if self._off:
            return None
        if not self.under_way(host, step):
            self._queues[host] = deque(self._send(host, step))
        queue = self._queues[host]
        return queue.popleft() if queue else None

    def forget(self, host: str) -> None:
        """A host failed: the node has dropped what was sent."""
        self._queues.pop(host, None)

    def _send(self, host: str, first: Step) -> list[Execution]:
        """What could be sent of a task and those that follow it."""
        sent: list[Execution] = []
        if not self._is_fit(first.task):
            return sent
        chain = next(chains)
        session: Session | None = None
        unready: set[str] = set(_MOVING)
        following = self._play.cursors[host].following()
        with contextlib.ExitStack() as together:
            for step in itertools.islice(itertools.chain([first], following), WINDOW):
                task = step.task
                if not self._is_fit(task):
                    break
                try:
                    execution = Execution(self._play, host, step)
                    ready = _Readiness(execution.assignment, unready)
                    ready.check(self._own_names(task))
                    if not execution.send_ahead(chain, session, ready.check_text):
                        break
                except Exception:  # noqa: BLE001  its own turn meets it again, and tells it
                    break
                sent.append(execution)
                if session is None and execution.session is not None:
                    session = execution.session
                    together.enter_context(session.together())
                if execution.sent and session is None:
                    break
                if task.register:
                    unready.add(task.register)
                if self._closes(task, execution):
                    break
        return sent

    def _is_fit(self, task: Task) -> bool:
        found = self._fit.get(task.id)
        if found is None:
            settings = task.settings
            found = self._fit[task.id] = (
                task.action in LOCAL
                and task.loop is None
                and task.until is None
                and task.retries is None
                and task.async_ is None
                and not any(_said(getattr(settings, name)) for name in _PLAIN)
                and not any(is_template(getattr(settings, name)) for name in _CONSTANT)
            )
        return found

    def _own_names(self, task: Task) -> frozenset[str] | None:
        """The variables that a task's text names: the same on every host."""
        if task.id not in self._names:
            self._names[task.id] = names_used(
                [
                    task.args,
                    [f"{{{{ {condition} }}}}" for condition in task.settings.when],
                    task.settings.environment,
                    task.settings.module_defaults,
                    task.settings.become_user,
                ]
            )
        return self._names[task.id]

    def _closes(self, task: Task, execution: Execution) -> bool:
        """Whether more than the node's answer decides if the host goes on, and with what."""
        handlers = self._play.handlers
        return (
            bool(task.failed_when)
            or any(not isinstance(each, bool) for each in task.changed_when or ())
            or any(is_template(name) or not handlers.named(name) for name in task.notify)
            or any(name == "ansible_facts" for name, _ in execution.assignment.spec.returns)
        )


class _Readiness:
    """Whether nothing that a task is made from waits for an answer."""

    def __init__(self, assignment: Assignment, unready: set[str]) -> None:
        self._assignment = assignment
        self._unready = unready

    def check(self, names: frozenset[str] | None) -> None:
        """Raises NotAhead.

        Parameters:
            names: the variables that the task's text names; None if it does not show them all.
        """
        layers, scope = self._assignment.layers, self._assignment.scope
        if not truth(layers.get("ansible_pipelining", True)):
            raise NotAhead
        self._check(names, scope)
        self._check(names_used(layers.among(targets.NAMES)), scope)

    def check_text(self, text: str, scope: Scope) -> None:
        """The same for a template file. Raises NotAhead."""
        if text.startswith("#jinja2:"):
            raise NotAhead
        self._check(names_used(text), scope)

    def _check(self, names: frozenset[str] | None, scope: Scope) -> None:
        if names is None:
            raise NotAhead
        for name in names:
            behind = scope.uses(name) if name in scope else ()
            if name in self._unready or behind is None or not self._unready.isdisjoint(behind):
                raise NotAhead


def _same(one: Step, other: Step) -> bool:
    return one.task is other.task and one.path == other.path


def _said(value: Any) -> bool:
    return value is not None and value is not False
