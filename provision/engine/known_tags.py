"""Tags on the command line that no task has."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from provision.engine.start_at import walk
from provision.engine.tags import selected
from provision.errors import UsageError, did_you_mean
from provision.playbook.model import Playbook, Task
from provision.templating import is_template

_WORDS = {"all", "always", "never", "tagged", "untagged"}
_INCLUDES = ("include_role", "include_tasks")


def check(
    playbooks: Sequence[Playbook],
    only: Sequence[str],
    skip: Sequence[str],
    warn: Callable[[str], None],
) -> None:
    """Refuse ``--tags`` that select nothing, and ``--skip-tags`` that look misspelt.

    Nothing is said where tags can still come from templates or from files included at run time.

    Raises:
        UsageError: naming the tag and the nearest one there is.
    """
    if not only and not skip:
        return
    tasks = [task for playbook in playbooks for task in _tasks(playbook)]
    known = {str(tag) for task in tasks for tag in task.settings.tags} | _WORDS
    if any(is_template(tag) for tag in known):
        return
    if any(_brings_tags(task, only, skip) for task in tasks):
        return
    for tag in only:
        if tag not in known:
            raise UsageError(f"--tags: no task has the tag '{tag}'", hint=_hint(tag, known))
    for tag in skip:
        if tag in known:
            continue
        if hint := did_you_mean(tag, known):
            raise UsageError(f"--skip-tags: no task has the tag '{tag}'", hint=hint)
        warn(f"--skip-tags: no task has the tag '{tag}'")


def _tasks(playbook: Playbook) -> list[Task]:
    return [
        task
        for play in playbook.plays
        for nodes in (*play.sections, play.handlers)
        for task in walk(nodes)
    ]


def _brings_tags(task: Task, only: Sequence[str], skip: Sequence[str]) -> bool:
    if task.action not in _INCLUDES:
        return False
    return selected(map(str, task.settings.tags), only, skip)


def _hint(tag: str, known: set[str]) -> str:
    own = sorted(known - _WORDS)
    return did_you_mean(tag, known) or (
        f"there are {', '.join(own)}" if own else "no task of these playbooks has tags"
    )
