"""``when``, ``changed_when``, ``failed_when`` and ``until``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from provision.engine.results import Result
from provision.errors import ProvisionError
from provision.playbook.model import Task
from provision.templating import Scope, Templar


def first_false(task: Task, scope: Scope, templar: Templar) -> Any:
    """The first condition of ``when`` that is false, or None. Raises TemplateError."""
    for condition in task.settings.when:
        if not templar.condition(condition, scope, at=task.at):
            return condition
    return None


def judge(task: Task, result: Result, scope: Scope, templar: Templar) -> None:
    """changed_when, then failed_when, into the result."""
    if not task.changed_when and not task.failed_when:
        return
    which = "changed_when_result"
    try:
        if task.changed_when:
            result["changed"] = _all_hold(task, task.changed_when, result, scope, templar)
        which = "failed_when_result"
        if task.failed_when:
            failed = _all_hold(task, task.failed_when, result, scope, templar)
            result["failed"] = result["failed_when_result"] = failed
    except ProvisionError as error:
        result["failed"] = True
        result[which] = str(error)
        result.setdefault("msg", str(error))


def breaks(task: Task, result: Result, scope: Scope, templar: Templar) -> bool:
    """Whether a loop ends after this item (``break_when``). Raises TemplateError."""
    wanted = task.loop.break_when if task.loop is not None else ()
    return bool(wanted) and _all_hold(task, wanted, result, scope, templar)


def satisfied(task: Task, result: Result, scope: Scope, templar: Templar) -> bool:
    """Whether a task with retries need not be tried again. Raises TemplateError."""
    if not task.until:
        return not result.get("failed")
    return _all_hold(task, task.until, result, scope, templar)


def _all_hold(
    task: Task, conditions: Iterable[Any], result: Result, scope: Scope, templar: Templar
) -> bool:
    inner = scope.child({task.register: result}) if task.register else scope
    return all(templar.condition(each, inner, at=task.at) for each in conditions)
