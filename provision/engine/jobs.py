"""``async``: tasks that are begun and left to themselves, or waited for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from provision.engine.actions.registry import ACTIONS
from provision.engine.keywords import number
from provision.engine.results import Result, add_lines
from provision.errors import PlaybookError, TaskFailed

if TYPE_CHECKING:
    from provision.engine.context import Context
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


def is_waited_for(task: Task, context: Context) -> bool:
    """Whether a task with ``async`` ends before the next begins."""
    return bool(task.async_) and context.job_directory is None and not context.check


def as_ended(result: Result, variables: Mapping[str, Any]) -> Result:
    """The result of a task that was waited for, as that of a job.

    The job has a name for what asks for one. As with Ansible nothing is left of it on the node.
    """
    if result.get("skipped"):
        return result
    import secrets

    jid = f"j{secrets.randbelow(10**12)}.{os.getpid()}"
    ended: Result = {
        "ansible_job_id": jid,
        "results_file": f"{directory(variables)}/{jid}",
        "started": True,
        "finished": True,
        "stdout": "",
        "stderr": "",
        **result,
    }
    add_lines(ended)
    return ended


def _refusal(task: Task) -> str:
    return f"{task.action} cannot go on in the background: it needs the controller"
