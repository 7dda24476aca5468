"""One turn of a task: its condition, its call, and again until it is as it was to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from provision.agent.spec import Spec
from provision.engine import conditions, jobs, results
from provision.engine.actions.registry import ACTIONS
from provision.engine.assignment import Assignment
from provision.engine.context import Context
from provision.engine.events import Retrying
from provision.engine.learning import lesson_of
from provision.engine.results import Result
from provision.errors import TaskFailed
from provision.playbook.foreign import ForeignSpec
from provision.playbook.model import Task
from provision.templating import Scope

DEFAULT_RETRIES = 3
DEFAULT_DELAY = 5.0
"""Seconds between attempts."""


def take_turn(assignment: Assignment, scope: Scope, item: Mapping[str, Any]) -> Result:
    """Carry a task out, for one item where it loops.

    Raises:
        TaskFailed, TemplateError: it cannot be begun.
        Unreachable: there is no way to where it runs.
    """
    task, run = assignment.task, assignment.run
    false = assignment.false_condition(scope)
    if false is not None:
        return results.skipped_by(false)
    scope = assignment.delegated(scope, item)
    context = assignment.context(scope, item)
    args = dict(context.args)
    if context.check and not assignment.spec.check_mode and task.action not in ACTIONS:
        return results.skipped_in_check_mode(assignment.spec)
    retries = _retries(assignment, scope)
    delay = assignment.number("delay", task.delay, DEFAULT_DELAY, scope)
    for number in range(1, retries + 2):
        result = attempt(assignment, context, number if retries else 0)
        if retries == 0 or (context.check and result.get("skipped")):
            return result
        if conditions.satisfied(task, result, context.scope, run.templar):
            return result
        if number > retries:
            break
        run.publish(
            Retrying(
                task_id=task.id,
                host=assignment.host,
                attempts=number,
                retries=retries + 1,  # with the first one, as in Ansible
                result=assignment.shown(dict(result, retries=retries + 1)),
            )
        )
        context.sleep(delay if delay >= 0 else 1.0)
        context = assignment.context(scope, item, args)
    result.update(attempts=retries, failed=True)
    return result


def attempt(assignment: Assignment, context: Context, number: int = 0) -> Result:
    """One call, or the answer to the call that was sent ahead, judged by the task's conditions.

    Parameters:
        number: which attempt it is, where there may be several.

    Raises:
        Unreachable: there is no way to where it runs.
    """
    task = assignment.task
    action = controller_half(task, assignment.spec)
    try:
        answer = context.answer()
        if answer is not None:
            result = answer
        elif action is not None:
            result = action(context)
        else:
            result = context.call(task.action, context.args)
    except TaskFailed as error:
        result = results.failure(error)
    if "failed" not in result and not result.get("skipped"):
        result["failed"] = result.get("rc", 0) not in (0, "0", None)
    result.setdefault("changed", False)
    if jobs.is_waited_for(task, context):
        result = jobs.as_ended(result, assignment.scope)
    if number:
        result["attempts"] = number
    _learn(assignment, result, context)
    if not result.get("skipped"):
        conditions.judge(task, result, context.scope, assignment.templar)
    return result


def controller_half(task: Task, spec: Spec) -> Callable[[Context], Result] | None:
    """What the controller does for a task; None where the module alone does it all."""
    if isinstance(spec, ForeignSpec):
        from provision.engine.foreign.call import run  # costs time, and few playbooks need it

        return run
    action = ACTIONS.get(task.action)
    return action.run if action else None


def _retries(assignment: Assignment, scope: Scope) -> int:
    task = assignment.task
    if task.retries is not None:
        return max(0, int(assignment.number("retries", task.retries, 0, scope)))
    return DEFAULT_RETRIES if task.until else 0


def _learn(assignment: Assignment, result: Result, context: Context) -> None:
    """Note what a result teaches; the task itself sees it at once."""
    task = assignment.task
    cacheable = bool(context.args.get("cacheable"))
    lesson = lesson_of(task.action, result, context.facts_host, cacheable)
    if lesson is None:
        return
    assignment.effects.lessons.append(lesson)
    looks = task.loop or task.until or task.changed_when or task.failed_when
    if lesson.host != assignment.host or not looks:
        return
    variables = lesson.variables(assignment.scope.raw("ansible_facts") or {})
    context.scope = context.scope.child(variables)
    if task.loop is not None:
        assignment.see(variables)
