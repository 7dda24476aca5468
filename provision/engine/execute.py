"""One task on one host: when, loop, arguments, call, until, changed and failed, register."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from provision.agent.spec import Spec
from provision.engine import censor, conditions, jobs, keywords, results, unforeseen
from provision.engine.actions.registry import ACTIONS
from provision.engine.arguments import prepare
from provision.engine.context import Context, Effects
from provision.engine.cursor import Step
from provision.engine.delegation import Delegation, delegate_of, reached
from provision.engine.environment import environment_of
from provision.engine.events import ItemFinished, Output, Retrying, Status
from provision.engine.loops import WINDOW, Item, collected, independent, items_of
from provision.engine.outcome import Outcome
from provision.engine.results import Result
from provision.engine.targets import Connection
from provision.errors import ProvisionError, TaskFailed, TemplateError, Unreachable
from provision.playbook.foreign import ForeignSpec
from provision.templating import Scope, is_template
from provision.transport.session import Session

if TYPE_CHECKING:
    from provision.engine.play import PlayRun

DEFAULT_RETRIES = 3
DEFAULT_DELAY = 5.0
"""Seconds between attempts."""


class Execution:
    """One task on one host. Whatever goes wrong becomes the outcome's result."""

    def __init__(self, play: PlayRun, host: str, step: Step) -> None:
        self.play = play
        self.run = play.run
        self.templar = play.run.templar
        self.host = host
        self.step = step
        self.task = step.task
        self.settings = step.task.settings
        spec = play.run.catalog.of_task(step.task.action)
        assert spec is not None
        self.spec: Spec = spec
        self.effects = Effects()
        self.layers = play.layers(host, step.task, step.extras)
        self.scope = play.scope_of(self.layers, step.task)
        self.hidden = False
        self.ignored_failure = True
        self.ignored_unreachable = True
        self.notify: list[str] = []
        self.delegate: Delegation | None = None
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
        self._hide(self.scope)
        if self._when(self.scope) is not None:
            return True
        context = self._context(self.scope, {})
        if context.check and not self.spec.check_mode:
            return False
        if session is not None and context.session is not session:
            return False
        context.on_text = on_text
        context.send_ahead(self._controller_half(), chain)
        self._ready = context
        return True

    def outcome(self) -> Outcome:
        started = time.monotonic()
        try:
            result = self._looped() if self.task.loop is not None else self._single()
        except Exception as error:  # noqa: BLE001  a host's task must not end the others'
            result = self._excused(self._error(error), self.scope)
        if self.run.options.check:
            unforeseen.remember(self.task, self.scope, self.run.memory(self.host), result)
        status = results.status_of(result)
        # An include that cannot be carried out is no result that could be ignored.
        lenient = self.ignored_failure and self.task.action not in _INCLUDES
        ignored = (status is Status.FAILED and lenient) or (
            status is Status.UNREACHABLE and self.ignored_unreachable
        )
        return Outcome(
            status=status,
            result=result,
            shown=self._shown(result),
            ignored=ignored,
            # Of a loop every item notifies when any of them changed something, as in Ansible.
            notify=self.notify if status is Status.CHANGED else [],
            groups=self.effects.groups,
            meta=self.effects.meta,
            delegate=self.delegate.name if self.delegate else None,
            duration=time.monotonic() - started,
            on_node=self.effects.on_node,
        )

    # loops

    def _looped(self) -> Result:
        try:
            items = items_of(self.task, self.scope, self.templar)
        except TemplateError:
            self._hide(self.scope)
            # A condition that is false without the items makes this a skip.
            false = self._when(self.scope)
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
        pause = self._number("pause", self.task.loop.pause, 0.0) if self.task.loop else 0.0
        seen: dict[str, Any] = {}
        for item, bare, ready in self._turns(items):
            if done and pause and self.run.cancelled.wait(pause):
                break
            scope = bare.child(dict(seen)) if seen and ready is None else bare
            result = self._item(item, scope, ready)
            done.append(result)
            if self.task.register and not result.get("skipped"):
                seen[self.task.register] = result
            if conditions.breaks(self.task, result, scope, self.templar):
                break
        return collected(done)

    def _turns(self, items: list[Item]) -> Iterator[tuple[Item, Scope, Context | None]]:
        """The items, those of independent loops with their calls already under way."""
        if len(items) < 2 or not independent(self.task, self.spec, self.scope):
            for item in items:
                yield item, self.scope.child(item.variables), None
            return
        under_way: deque[tuple[Item, Scope, Context | None]] = deque()
        for item in items:
            scope = self.scope.child(item.variables)
            under_way.append((item, scope, self._ahead(item, scope)))
            if len(under_way) > WINDOW:
                yield under_way.popleft()
        yield from under_way

    def _ahead(self, item: Item, scope: Scope) -> Context | None:
        """Send an item's call without waiting; None where that is not possible (yet)."""
        try:
            self._hide(scope)
            if self._when(scope) is not None:
                return None
            context = self._context(scope, item.variables)
            if context.check and not self.spec.check_mode:
                return None
            context.send_ahead()
        except Exception:  # noqa: BLE001  its own turn meets it again, and tells it
            return None
        return context

    def _hide(self, scope: Scope) -> None:
        """Read ``no_log``. Where that fails nothing is shown."""
        if not self.hidden:
            self.hidden = True
            self.hidden = keywords.flag(self.settings.no_log, scope, self.templar)

    def _item(self, item: Item, scope: Scope, ready: Context | None) -> Result:
        try:
            self._hide(scope)
            result = self._once(scope, item.variables, ready)
        except Exception as error:  # noqa: BLE001  see outcome()
            result = self._error(error, scope)
        result = self._excused(result, scope)
        result.update(item.registered)
        self._note(result, scope)
        shown = self._shown(result)
        if self.hidden:
            label = "(censored)"
        else:
            label = str(censor.hide_values(item.label(self.templar, scope), self.effects.secrets))
        self.run.publish(
            ItemFinished(
                task_id=self.task.id,
                host=self.host,
                label=label,
                status=results.status_of(result),
                result=shown,
            )
        )
        return result

    def _single(self) -> Result:
        try:
            self._hide(self.scope)
        except ProvisionError as error:  # nothing has run that there were to hide
            self.hidden = False
            return self._error(error)
        try:
            result = self._once(self.scope, {}, self._ready)
        except Exception as error:  # noqa: BLE001  see outcome()
            result = self._error(error)
        result = self._excused(result, self.scope)
        self._note(result, self.scope)
        return result

    def _excused(self, result: Result, scope: Scope) -> Result:
        if not self.run.options.check:
            return result
        return unforeseen.excused(self.task, scope, self.run.memory(self.host), result)

    def _note(self, result: Result, scope: Scope) -> None:
        """What a result of the task (or of one item) means beyond itself."""
        status = results.status_of(result)
        if status is Status.FAILED:
            self.ignored_failure &= self._keyword("ignore_errors", scope)
        elif status is Status.UNREACHABLE:
            self.ignored_unreachable &= self._keyword("ignore_unreachable", scope)
        elif status is not Status.SKIPPED and self.task.notify:
            for name in self.task.notify:
                found = self.templar.render(name, scope) if is_template(name) else name
                for one in found if isinstance(found, list) else [found]:
                    if one not in self.notify:
                        self.notify.append(str(one))

    # one item

    def _once(self, scope: Scope, item: Mapping[str, Any], ready: Context | None = None) -> Result:
        if ready is not None:
            return self._attempt(ready, 0)
        false = self._when(scope)
        if false is not None:
            return results.skipped_by(false)
        if self.settings.delegate_to is not None:
            self.delegate = delegate_of(self.play, self.task, self.step.extras, item, scope)
            if self.delegate is not None:
                scope = scope.child(reached(self.layers, self.delegate))
        context = self._context(scope, item)
        if context.check and not self.spec.check_mode and self.task.action not in ACTIONS:
            return results.skipped_in_check_mode(self.spec)
        retries = self._retries(scope)
        delay = self._number("delay", self.task.delay, DEFAULT_DELAY, scope)
        for attempt in range(1, retries + 2):
            result = self._attempt(context, attempt if retries else 0)
            if retries == 0 or (context.check and result.get("skipped")):
                return result
            if conditions.satisfied(self.task, result, scope, self.templar):
                return result
            if attempt > retries:
                break
            retrying = dict(result, retries=retries + 1)
            self.run.publish(
                Retrying(
                    task_id=self.task.id,
                    host=self.host,
                    attempts=attempt,
                    retries=retries,
                    result=self._shown(retrying),
                )
            )
            context.sleep(max(delay, 0.0))
            context = self._context(scope, item)
        result.update(attempts=retries, failed=True)
        return result

    def _attempt(self, context: Context, number: int) -> Result:
        action = self._controller_half()
        try:
            answer = context.answer()
            if answer is not None:
                result = answer
            elif action is not None:
                result = action(context)
            else:
                result = context.call(self.task.action, context.args)
        except TaskFailed as error:
            result = results.failure(error)
        if "failed" not in result and not result.get("skipped"):
            result["failed"] = result.get("rc", 0) not in (0, "0", None)
        result.setdefault("changed", False)
        if jobs.is_waited_for(self.task, context):
            result = jobs.as_ended(result, self.scope)
        if number:
            result["attempts"] = number
        self._learn(result, context)
        if not result.get("skipped"):
            conditions.judge(self.task, result, context.scope, self.templar)
        return result

    def _controller_half(self) -> Callable[[Context], Result] | None:
        if isinstance(self.spec, ForeignSpec):
            from provision.engine.foreign.call import run  # costs time, and few playbooks need it

            return run
        action = ACTIONS.get(self.task.action)
        return action.run if action else None

    def _when(self, scope: Scope) -> Any:
        return conditions.first_false(self.task, scope, self.templar)

    def _learn(self, result: Result, context: Context) -> None:
        facts = result.get("ansible_facts")
        if not facts or not isinstance(facts, dict):
            return
        if self.task.loop is not None:  # later items see it
            self.scope = self.play.scope_of(self.layers, self.task)
        if self.task.action in _OWN_FACTS:
            return
        self.run.memory(context.facts_host).learn(facts)

    # what surrounds a call

    def _context(self, scope: Scope, item: Mapping[str, Any]) -> Context:
        args = prepare(self.task, self.spec, scope, self.play)
        secrets = self.spec.secrets(args)
        if secrets:
            self.effects.secrets.extend(s for s in secrets if s not in self.effects.secrets)
        context = Context(
            play=self.play,
            host=self.host,
            task=self.task,
            spec=self.spec,
            scope=scope,
            args=args,
            check=keywords.flag(
                self.settings.check_mode, scope, self.templar, self.run.options.check
            ),
            diff=keywords.flag(self.settings.diff, scope, self.templar, self.run.options.diff),
            effects=self.effects,
            connect=lambda: self._connection(scope),
            extras=(item, *self.step.extras) if item else self.step.extras,
            items=1 if item else 0,
            delegate=self.delegate.name if self.delegate else None,
            hidden=self.hidden,
        )
        if self.settings.environment:
            context.env = environment_of(self.settings, scope, self.templar)
        limit = self.task.async_ if self.task.async_ is not None else self.settings.timeout
        if limit is not None:
            context.timeout = self._number("timeout", limit, 0.0, scope) or None
        if context.timeout:
            context.job_directory = jobs.directory_of(self.task, scope, self.templar)
        if not self.hidden:
            context.on_output = self._output
        return context

    def _connection(self, scope: Scope) -> Connection:
        if self.delegate is not None:
            name, raw, variables = self.delegate.name, self.delegate.layers, self.delegate.scope
        else:
            name, raw, variables = self.host, self.layers, scope
        return self.run.connections.get(name, self.settings, raw, variables, scope)

    def _output(self, text: str) -> None:
        shown = censor.hide_values(text, self.effects.secrets)
        self.run.publish(Output(task_id=self.task.id, host=self.host, text=shown))

    # keywords

    def _keyword(self, name: str, scope: Scope) -> bool:
        """A keyword's truth. A template that fails may not hide the failure it is about."""
        try:
            return keywords.flag(getattr(self.settings, name), scope, self.templar)
        except ProvisionError:
            return False

    def _retries(self, scope: Scope) -> int:
        if self.task.retries is not None:
            return max(0, int(self._number("retries", self.task.retries, 0, scope)))
        return DEFAULT_RETRIES if self.task.until else 0

    def _number(self, name: str, value: Any, default: float, scope: Scope | None = None) -> float:
        said = keywords.number(name, value, scope or self.scope, self.templar, self.task.at)
        return default if said is None else said

    # ends

    def _shown(self, result: Result) -> Result:
        if self.hidden:
            return censor.hide_all(result)
        shown = censor.hide_values(result, self.effects.secrets)
        return dict(shown)

    def _error(self, error: Exception, scope: Scope | None = None) -> Result:
        if isinstance(error, Unreachable):
            return results.unreachable(error)
        result = results.of_error(error, self.task.at)
        if self.task.loop is None or scope is None:
            self.ignored_failure &= self._keyword("ignore_errors", self.scope)
        return result


_INCLUDES = frozenset({"include_tasks", "include_role"})
_OWN_FACTS = frozenset({"set_fact", "include_vars", "debug"})
