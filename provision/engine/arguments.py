"""A task's arguments: module defaults below them, templates filled in, omitted ones gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provision.agent.spec import ArgumentError, Spec
from provision.errors import TaskFailed
from provision.located import location_of
from provision.playbook.inheritance import defaults_for
from provision.playbook.model import Task
from provision.templating import Scope, is_template

if TYPE_CHECKING:
    from provision.engine.play import PlayRun


def prepare(task: Task, spec: Spec, scope: Scope, play: PlayRun) -> dict[str, Any]:
    """What the module or action gets: canonical names, coerced, defaults filled in.

    Raises:
        TemplateError: a template of an argument fails.
        TaskFailed: an argument that the module cannot take.
    """
    constant = play.constant_args.get(task.id)
    if constant is not None:
        return dict(constant)
    settled = task.settings.module_defaults == () and not is_template(task.args)
    if settled:
        args = validated(task, spec, dict(task.args or {}), play)
        play.constant_args[task.id] = args
        return dict(args)
    given: dict[str, Any] = {}
    defaults = defaults_for(task.action, task.settings, play.run.catalog)
    templar = play.run.templar
    for source in (*defaults, task.args):
        found = templar.render(source, scope, at=task.at) if is_template(source) else source
        if found is None:
            continue
        if not isinstance(found, dict):
            raise TaskFailed(
                f"the arguments of {task.action} are {type(found).__name__}, not a mapping",
                at=location_of(source) or task.at,
            )
        given.update(found)
        if isinstance(source, dict):  # what is omitted is not what module_defaults say either
            for name in source.keys() - found.keys():
                given.pop(name, None)
    return validated(task, spec, given, play)


def validated(task: Task, spec: Spec, given: dict[str, Any], play: PlayRun) -> dict[str, Any]:
    """``spec.validate``, and parameters of the user's own naming where the action takes them."""
    own: dict[str, Any] = {}
    if play.run.catalog.is_open_ended(spec):
        declared = {name for param in spec.params for name in (param.name, *param.aliases)}
        own = {name: value for name, value in given.items() if name not in declared}
        given = {name: value for name, value in given.items() if name in declared}
    try:
        return {**own, **spec.validate(given)}
    except ArgumentError as error:
        at = location_of((task.args or {}).get(error.param)) if _is_dict(task.args) else None
        raise TaskFailed(error.message, at=at or task.at, hint=error.hint) from None


def _is_dict(value: Any) -> bool:
    return isinstance(value, dict)
