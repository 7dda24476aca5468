"""What ``meta`` tasks do to a play."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provision.engine.cursor import Step
    from provision.engine.play import PlayRun
    from provision.playbook.model import Task

WORDS = (
    "clear_facts",
    "clear_host_errors",
    "end_batch",
    "end_host",
    "end_play",
    "end_role",
    "flush_handlers",
    "noop",
    "refresh_inventory",
    "reset_connection",
)
_PER_HOST = frozenset({"noop", "reset_connection", "end_host", "end_role", "flush_handlers"})


def concerns_all(task: Task) -> bool:
    """Whether the first host decides for all."""
    word = task.args.get("free_form") if isinstance(task.args, dict) else None
    return word not in _PER_HOST


def apply(play: PlayRun, host: str, step: Step, word: str) -> None:
    """Carry out ``word`` after the host has advanced past the task."""
    run = play.run
    cursor = play.cursors[host]
    if word == "flush_handlers":
        cursor.flush(step.path)
    elif word == "end_host":
        cursor.stop()
        play.leave(host)
    elif word == "end_role":
        cursor.end_role(step.task)
    elif word in ("end_batch", "end_play"):
        for other in play.cursors.values():
            other.stop()
        play.ended = word == "end_play"
    elif word == "clear_facts":
        for name in play.batch:
            run.memory(name).forget_facts()
    elif word == "clear_host_errors":
        for name in play.everyone:
            run.failed.discard(name)
            run.unreachable.discard(name)
        # A host that stands at the end of its way has failed before: it is forgiven for good.
        for other in play.cursors.values():
            other.failed = False
