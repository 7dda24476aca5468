"""One task on one host, and whatever comes of it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from provision.engine import censor, conditions, results, unforeseen
from provision.engine.assignment import Assignment
from provision.engine.attempts import attempt, controller_half, take_turn
from provision.engine.context import Context
from provision.engine.cursor import Step
from provision.engine.events import ItemFinished, Status
from provision.engine.loops import WINDOW, Item, collected, independent, items_of
from provision.engine.outcome import Outcome
from provision.engine.results import Result
from provision.errors import ProvisionError, TemplateError, Unreachable
from provision.templating import Scope, is_template
from provision.transport.session import Session

if TYPE_CHECKING:
    from provision.engine.play import PlayRun

_INCLUDES = frozenset({"include_tasks", "include_role"})


class Execution:
    """One task on one host. Whatever goes wrong becomes the outcome's result."""

    def __init__(self, play: PlayRun, host: str, step: Step) -> None:
        self.assignment = Assignment(play, host, step)
        self.step = step
        self._task = step.task
        self._run = play.run
        self._ignored_failure = True
        self._ignored_unreachable = True
        self._notify: list[str] = []
        self._ready: Context | None = None

    @property
    def sent(self) -> bool:
        """Whether the task's call is under way, or could not be sent for want of a session."""
        return self._ready is not None

    @property
    def session(self) -> Session | None:
        """Where the task was sent ahead to, if it was."""
        return self._ready.opened if self._ready is not None else None

    def send_ahead(
        self, chain: int, session: Session | None, on_text: Callable[[str, Scope], None]
    ) -> bool:
        """Send the task's call without waiting, if it is not to be skipped.

        Parameters:
            chain, on_text: as for ``Request`` and ``Context``.
            session: the only one that it may go to, unless this is the first of the chain.

        Returns:
            False where that is not possible.
        """
        work = self.assignment
        work.hide(work.scope)
        if work.false_condition(work.scope) is not None:
            return True
        context = work.context(work.scope, {})
        if context.check and not work.spec.check_mode:
            return False
        if session is not None and context.session is not session:
            return False
        context.on_text = on_text
        context.send_ahead(controller_half(self._task, work.spec), chain)
        self._ready = context
        return True

    def outcome(self) -> Outcome:
        """Carry the task out, in all its turns; what was sent ahead is waited for."""
        work = self.assignment
        started = time.monotonic()
        try:
            result = self._looped() if self._task.loop is not None else self._single()
        except Exception as error:  # noqa: BLE001  a host's task must not end the others'
            result = self._excused(self._error(error), work.scope)
        if self._run.options.check:
            unforeseen.remember(self._task, work.scope, self._run.memory(work.host), result)
        status = results.status_of(result)
        lessons = work.effects.lessons
        if status in (Status.FAILED, Status.UNREACHABLE):
            lessons.clear()
        for lesson in lessons:
            lesson.into(self._run.memory(lesson.host))
        # An include that cannot be carried out is no result that could be ignored.
        lenient = self._ignored_failure and self._task.action not in _INCLUDES
        ignored = (status is Status.FAILED and lenient) or (
            status is Status.UNREACHABLE and self._ignored_unreachable
        )
        return Outcome(
            status=status,
            result=result,
            shown=work.shown(result),
            ignored=ignored,
            # Of a loop every item notifies when any of them changed something, as in Ansible.
            notify=self._notify if status is Status.CHANGED else [],
            groups=work.effects.groups,
            meta=work.effects.meta,
            lessons=lessons,
            delegate=work.delegate.name if work.delegate else None,
            duration=time.monotonic() - started,
            on_node=work.effects.on_node,
        )

    def _single(self) -> Result:
        work = self.assignment
        try:
            work.hide(work.scope)
        except ProvisionError as error:  # nothing has run that there were to hide
            work.hidden = False
            return self._error(error)
        try:
            if self._ready is not None:
                result = attempt(work, self._ready)
            else:
                result = take_turn(work, work.scope, {})
        except Exception as error:  # noqa: BLE001  see outcome()
            result = self._error(error)
        result = results.with_reason(self._excused(result, work.scope))
        self._note(result, work.scope)
        return result

    # loops

    def _looped(self) -> Result:
        work, task, templar = self.assignment, self._task, self._run.templar
        assert task.loop is not None
        try:
            items = items_of(task, work.scope, templar)
        except TemplateError:
            work.hide(work.scope)
            # A condition that is false without the items makes this a skip.
            false = work.false_condition(work.scope)
            if false is not None:
                return results.skipped_by(false)
            raise
        if not items:
            return {
                "changed": False,
                "skipped": True,
                "skipped_reason": "No items in the list",
                "results": [],
            }
        done: list[Result] = []
        pause = work.number("pause", task.loop.pause, 0.0, work.scope)
        seen: dict[str, Any] = {}
        for item, bare, ready in self._turns(items):
            if done and pause and self._run.cancelled.wait(pause):
                break
            scope = bare.child(dict(seen)) if seen and ready is None else bare
            result = self._item(item, scope, ready)
            done.append(result)
            if task.register:
                seen[task.register] = result
            if conditions.breaks(task, result, scope, templar):
                break
        return collected(done)

    def _turns(self, items: list[Item]) -> Iterator[tuple[Item, Scope, Context | None]]:
        """The items, those of independent loops with their calls already under way."""
        work = self.assignment
        if len(items) < 2 or not independent(self._task, work.spec, work.scope):
            for item in items:
                yield item, work.scope.child(item.variables), None
            return
        under_way: deque[tuple[Item, Scope, Context | None]] = deque()
        for item in items:
            scope = work.scope.child(item.variables)
            under_way.append((item, scope, self._ahead(item, scope)))
            if len(under_way) > WINDOW:
                yield under_way.popleft()
        yield from under_way

    def _ahead(self, item: Item, scope: Scope) -> Context | None:
        """Send an item's call without waiting; None where that is not possible (yet)."""
        work = self.assignment
        try:
            work.hide(scope)
            if work.false_condition(scope) is not None:
                return None
            context = work.context(scope, item.variables)
            if context.check and not work.spec.check_mode:
                return None
            context.send_ahead()
        except Exception:  # noqa: BLE001  its own turn meets it again, and tells it
            return None
        return context

    def _item(self, item: Item, scope: Scope, ready: Context | None) -> Result:
        work = self.assignment
        try:
            work.hide(scope)
            if ready is not None:
                result = attempt(work, ready)
            else:
                result = take_turn(work, scope, item.variables)
        except Exception as error:  # noqa: BLE001  see outcome()
            result = self._error(error, scope)
        result = results.with_reason(self._excused(result, scope))
        result.update(item.registered)
        label = self._label(item, scope, result)
        self._note(result, scope)
        shown = work.shown(result)
        self._run.publish(
            ItemFinished(
                task_id=self._task.id,
                host=work.host,
                label=label,
                status=results.status_of(result),
                result=shown,
            )
        )
        return result

    def _label(self, item: Item, scope: Scope, result: Result) -> str:
        """What is shown of an item; as in Ansible it fails where that cannot be made."""
        work, register = self.assignment, self._task.register
        try:
            label = item.label(
                self._run.templar, scope.child({register: result}) if register else scope
            )
        except ProvisionError as error:
            label = item.loop.label
            result.update(failed=True, msg=f"loop_control: label: {error}")
        return "(censored)" if work.hidden else str(censor.hide_values(label, work.effects.secrets))

    # what a result means

    def _error(self, error: Exception, scope: Scope | None = None) -> Result:
        if isinstance(error, Unreachable):
            return results.unreachable(error)
        result = results.of_error(error, self._task.at)
        if self._task.loop is None or scope is None:
            work = self.assignment
            self._ignored_failure &= work.truth("ignore_errors", work.scope)
        return result

    def _excused(self, result: Result, scope: Scope) -> Result:
        if not self._run.options.check:
            return result
        memory = self._run.memory(self.assignment.host)
        return unforeseen.excused(self._task, scope, memory, result)

    def _note(self, result: Result, scope: Scope) -> None:
        """What a result of the task (or of one item) means beyond itself."""
        status = results.status_of(result)
        if status is Status.FAILED:
            self._ignored_failure &= self.assignment.truth("ignore_errors", scope)
        elif status is Status.UNREACHABLE:
            self._ignored_unreachable &= self.assignment.truth("ignore_unreachable", scope)
        elif status is not Status.SKIPPED:
            self._note_handlers(scope)

    def _note_handlers(self, scope: Scope) -> None:
        for name in self._task.notify:
            found = self._run.templar.render(name, scope) if is_template(name) else name
            for one in found if isinstance(found, list) else [found]:
                if one not in self._notify:
                    self._notify.append(str(one))
