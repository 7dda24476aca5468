"""``async`` with ``poll: 0``: tasks that are begun and left to themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provision.engine.actions.registry import ACTIONS
from provision.engine.keywords import number
from provision.errors import PlaybookError, TaskFailed
from provision.playbook.model import Task
from provision.templating import Scope, Templar

DIRECTORY = "~/.ansible_async"


def directory(variables: Mapping[str, Any]) -> str:
    """The node's folder for results of jobs; ``~`` is the home of whom the task runs as."""
    return str(variables.get("ansible_async_dir") or DIRECTORY)


def check(task: Task) -> None:
    """Refuse to leave alone what needs the controller until its end. Raises PlaybookError."""
    if task.async_ and str(task.poll) == "0" and task.action in ACTIONS:
        raise PlaybookError(
            _refusal(task), at=task.at, hint="leave async and poll out, or use command or shell"
        )


def directory_of(task: Task, scope: Scope, templar: Templar) -> str | None:
    """Where the result of a task that is only begun goes; None if it is waited for.

    Raises:
        TaskFailed: it cannot be left alone.
    """
    if task.async_ is None or task.poll is None:
        return None
    if number("poll", task.poll, scope, templar, task.at):
        return None
    if task.action in ACTIONS:
        raise TaskFailed(_refusal(task), at=task.at)
    return directory(scope)


def _refusal(task: Task) -> str:
    return f"{task.action} cannot go on in the background: it needs the controller"
