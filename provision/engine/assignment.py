"""A task that a host is to carry out: its variables, its keywords, what of it may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from provision.agent.spec import Spec
from provision.engine import censor, conditions, jobs, keywords
from provision.engine.arguments import prepare
from provision.engine.context import Context, Effects
from provision.engine.cursor import Step
from provision.engine.delegation import Delegation, delegate_of, reached
from provision.engine.environment import environment_of
from provision.engine.events import Output
from provision.engine.results import Result
from provision.engine.targets import Connection
from provision.errors import ProvisionError
from provision.templating import Scope

if TYPE_CHECKING:
    from provision.engine.play import PlayRun


class Assignment:
    """What all turns of a task on one host share.

    Parameters:
        effects: gathers what the task does beside its result.
        hidden: no_log, once it has been read.
        delegate: the host it runs on, when another.
    """

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
        self.scope = self._first_scope = play.scope_of(self.layers, step.task)
        self._seen: dict[str, Any] = {}
        self.hidden = False
        self.delegate: Delegation | None = None

    # what is shown

    def hide(self, scope: Scope) -> None:
        """Read ``no_log``. Where that fails nothing is shown. Raises TemplateError."""
        if not self.hidden:
            self.hidden = True
            self.hidden = keywords.flag(self.settings.no_log, scope, self.templar)

    def shown(self, result: Result) -> Result:
        """The result without what may not be shown."""
        if self.hidden:
            return censor.hide_all(result)
        return dict(censor.hide_values(result, self.effects.secrets))

    def _output(self, text: str) -> None:
        shown = censor.hide_values(text, self.effects.secrets)
        self.run.publish(Output(task_id=self.task.id, host=self.host, text=shown))

    # keywords

    def false_condition(self, scope: Scope) -> Any:
        """The first condition of ``when`` that is false, or None. Raises TemplateError."""
        return conditions.first_false(self.task, scope, self.templar)

    def truth(self, name: str, scope: Scope) -> bool:
        """A keyword's truth. A template that fails may not hide the failure it is about."""
        try:
            return keywords.flag(getattr(self.settings, name), scope, self.templar)
        except ProvisionError:
            return False

    def number(self, name: str, value: Any, default: float, scope: Scope) -> float:
        """A keyword's number. Raises TaskFailed."""
        said = keywords.number(name, value, scope, self.templar, self.task.at)
        return default if said is None else said

    # what a call needs

    def delegated(self, scope: Scope, item: Mapping[str, Any]) -> Scope:
        """The variables that the call sees; those of another host where it is delegated."""
        if self.settings.delegate_to is None:
            return scope
        self.delegate = delegate_of(self.play, self.task, self.step.extras, item, scope)
        if self.delegate is None:
            return scope
        delegated = {"ansible_delegated_vars": self.delegate.variables(self.host)}
        return scope.child({**reached(self.layers, self.delegate), **delegated})

    def see(self, variables: Mapping[str, Any]) -> None:
        """Variables that later turns of the task see before all others."""
        self._seen.update(variables)
        self.scope = self._first_scope.child(dict(self._seen))

    def context(
        self, scope: Scope, item: Mapping[str, Any], args: Mapping[str, Any] | None = None
    ) -> Context:
        """One call, its arguments rendered and validated.

        Parameters:
            item: the variables that the turn of a loop brings.
            args: those of the attempt before, which are made once.

        Raises:
            TaskFailed, TemplateError: they cannot be.
        """
        args = prepare(self.task, self.spec, scope, self.play) if args is None else dict(args)
        secrets = self.spec.secrets(args)
        if secrets:
            self.effects.secrets.extend(s for s in secrets if s not in self.effects.secrets)
        options = self.run.options
        context = Context(
            play=self.play,
            host=self.host,
            task=self.task,
            spec=self.spec,
            scope=scope,
            args=args,
            check=keywords.flag(self.settings.check_mode, scope, self.templar, options.check),
            diff=keywords.flag(self.settings.diff, scope, self.templar, options.diff),
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
            context.timeout = self.number("timeout", limit, 0.0, scope) or None
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
