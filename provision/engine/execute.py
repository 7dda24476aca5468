"""One task on one host: when, loop, arguments, call, until, changed and failed, register."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from provision.agent.spec import ArgumentError, Spec
from provision.engine import censor, results
from provision.engine.actions.registry import ACTIONS
from provision.engine.arguments import prepare
from provision.engine.context import Context, Effects
from provision.engine.cursor import Step
from provision.engine.delegation import Delegation, delegate_of
from provision.engine.environment import environment_of
from provision.engine.events import ItemFinished, Output, Retrying, Status
from provision.engine.loops import Item, collected, items_of
from provision.engine.outcome import Outcome
from provision.engine.results import Result
from provision.engine.targets import Connection, truth
from provision.errors import ProvisionError, TaskFailed, TemplateError, Unreachable
from provision.templating import Scope, is_template

if TYPE_CHECKING:
    from provision.engine.play import PlayRun

DEFAULT_RETRIES = 3
DEFAULT_DELAY = 5.0
"""Seconds between attempts."""


def execute(play: PlayRun, host: str, step: Step) -> Outcome:
    """Carry out a task on a host. Whatever goes wrong becomes the outcome's result."""
    return _Execution(play, host, step).outcome()


class _Execution:
    def __init__(self, play: PlayRun, host: str, step: Step) -> None:
        self.play = play
        self.run = play.run
        self.templar = play.run.templar
        self.host = host
        self.step = step
        self.task = step.task
        self.settings = step.task.settings
        spec = play.run.catalog.find(step.task.action)
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

    def outcome(self) -> Outcome:
        started = time.monotonic()
        try:
            self.hidden = self._keyword("no_log", self.scope, default_on_error=True)
            result = self._looped() if self.task.loop is not None else self._single()
        except Exception as error:  # noqa: BLE001  a host's task must not end the others'
            result = self._error(error)
        status = results.status_of(result)
        ignored = (status is Status.FAILED and self.ignored_failure) or (
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
        )

    # loops

    def _looped(self) -> Result:
        try:
            items = items_of(self.task, self.scope, self.templar)
        except TemplateError:
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
        for number, item in enumerate(items):
            if number and pause and self.run.cancelled.wait(pause):
                break
            done.append(self._item(item))
        return collected(done)

    def _item(self, item: Item) -> Result:
        scope = self.scope.child(item.variables)
        hidden = self.hidden
        try:
            if not hidden:
                self.hidden = hidden = self._keyword("no_log", scope, default_on_error=True)
            result = self._once(scope, item.variables)
        except Exception as error:  # noqa: BLE001  see outcome()
            result = self._error(error, scope)
        result.update(item.registered)
        self._note(result, scope)
        shown = self._shown(result)
        if hidden:
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
            result = self._once(self.scope, {})
        except Exception as error:  # noqa: BLE001  see outcome()
            result = self._error(error)
        self._note(result, self.scope)
        return result

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

    def _once(self, scope: Scope, item: Mapping[str, Any]) -> Result:
        false = self._when(scope)
        if false is not None:
            return results.skipped_by(false)
        if self.settings.delegate_to is not None:
            self.delegate = delegate_of(self.play, self.task, self.step.extras, item, scope)
        context = self._context(scope, item)
        if context.check and not self.spec.check_mode and self.task.action not in ACTIONS:
            return results.skipped_in_check_mode(self.spec)
        retries = self._retries(scope)
        delay = self._number("delay", self.task.delay, DEFAULT_DELAY, scope)
        for attempt in range(1, retries + 2):
            result = self._attempt(context, attempt if retries else 0)
            if retries == 0:
                return result
            if self._satisfied(result, scope):
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
        action = ACTIONS.get(self.task.action)
        try:
            if action is not None:
                result = action.run(context)
            else:
                result = context.call(self.task.action, context.args)
        except TaskFailed as error:
            result = results.failure(error)
        if "failed" not in result and not result.get("skipped"):
            result["failed"] = result.get("rc", 0) not in (0, "0", None)
        result.setdefault("changed", False)
        if number:
            result["attempts"] = number
        self._learn(result)
        if not result.get("skipped"):
            self._judge(result, context.scope)
        return result

    def _judge(self, result: Result, scope: Scope) -> None:
        """changed_when, then failed_when."""
        task = self.task
        if not task.changed_when and not task.failed_when:
            return
        inner = self._with_result(result, scope)
        which = "changed_when_result"
        try:
            if task.changed_when:
                result["changed"] = self._all(task.changed_when, inner)
            which = "failed_when_result"
            if task.failed_when:
                inner = self._with_result(result, scope)
                failed = self._all(task.failed_when, inner)
                result["failed"] = result["failed_when_result"] = failed
        except ProvisionError as error:
            result["failed"] = True
            result[which] = str(error)
            result.setdefault("msg", str(error))

    def _satisfied(self, result: Result, scope: Scope) -> bool:
        if not self.task.until:
            return not result.get("failed")
        return self._all(self.task.until, self._with_result(result, scope))

    def _with_result(self, result: Result, scope: Scope) -> Scope:
        register = self.task.register
        return scope.child({register: result}) if register else scope

    def _all(self, conditions: Any, scope: Scope) -> bool:
        return all(self.templar.condition(c, scope, at=self.task.at) for c in conditions)

    def _when(self, scope: Scope) -> Any:
        """The first condition that is false, or None."""
        for condition in self.settings.when:
            if not self.templar.condition(condition, scope, at=self.task.at):
                return condition
        return None

    def _learn(self, result: Result) -> None:
        facts = result.get("ansible_facts")
        if not facts or not isinstance(facts, dict) or self.task.action in _OWN_FACTS:
            return
        to = self.host
        if self.delegate is not None and truth(self.settings.delegate_facts):
            to = self.delegate.name
        self.run.memory(to).learn(facts)

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
            check=self._flag("check_mode", scope, self.run.options.check),
            diff=self._flag("diff", scope, self.run.options.diff),
            effects=self.effects,
            connect=lambda: self._connection(scope),
            extras=(item, *self.step.extras) if item else self.step.extras,
            items=1 if item else 0,
            delegate=self.delegate.name if self.delegate else None,
        )
        if self.settings.environment:
            context.env = environment_of(self.settings, scope, self.templar)
        limit = self.task.async_ if self.task.async_ is not None else self.settings.timeout
        if limit is not None:
            context.timeout = self._number("timeout", limit, 0.0, scope) or None
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

    def _keyword(self, name: str, scope: Scope, *, default_on_error: bool = False) -> bool:
        value = getattr(self.settings, name)
        if value is None or isinstance(value, bool):
            return bool(value)
        try:
            return truth(self.templar.render(value, scope) if is_template(value) else value)
        except ProvisionError:
            return default_on_error

    def _flag(self, name: str, scope: Scope, otherwise: bool) -> bool:
        value = getattr(self.settings, name)
        if value is None:
            return otherwise
        return truth(self.templar.render(value, scope) if is_template(value) else value)

    def _retries(self, scope: Scope) -> int:
        if self.task.retries is not None:
            return max(0, int(self._number("retries", self.task.retries, 0, scope)))
        return DEFAULT_RETRIES if self.task.until else 0

    def _number(self, name: str, value: Any, default: float, scope: Scope | None = None) -> float:
        if value is None:
            return default
        found = self.templar.render(value, scope or self.scope) if is_template(value) else value
        try:
            return float(found)
        except (TypeError, ValueError):
            raise TaskFailed(f"{name}: {found!r} is not a number", at=self.task.at) from None

    # ends

    def _shown(self, result: Result) -> Result:
        if self.hidden:
            return censor.hide_all(result)
        shown = censor.hide_values(result, self.effects.secrets)
        return dict(shown)

    def _error(self, error: Exception, scope: Scope | None = None) -> Result:
        if isinstance(error, Unreachable):
            return results.unreachable(error)
        if isinstance(error, ArgumentError):
            error = TaskFailed(error.message, at=self.task.at, hint=error.hint)
        if isinstance(error, ProvisionError):
            if error.at is None:
                error.at = self.task.at
            result = results.failure(error)
        else:
            result = results.failure(error)
            result["msg"] = f"unexpected {type(error).__name__}: {error}"
            result["exception"] = traceback.format_exc()
        if self.task.loop is None or scope is None:
            self.ignored_failure &= self._keyword("ignore_errors", self.scope)
        return result


_OWN_FACTS = frozenset({"set_fact", "include_vars", "debug"})
