"""The way in: playbooks, an inventory and options; events and an exit code come out."""

from __future__ import annotations

import time
from collections.abc import Sequence

from provision.engine import known_tags
from provision.engine.events import PlaybookStarted, RunFinished, Subscriber
from provision.engine.options import RunOptions
from provision.engine.owed import owner
from provision.engine.plays import run_play
from provision.engine.preflight import check
from provision.engine.run import Run
from provision.errors import UsageError
from provision.inventory import Inventory
from provision.playbook.model import Playbook
from provision.transport.session import Sessions

EXIT_OK, EXIT_FAILED, EXIT_CHANGED, EXIT_UNREACHABLE, EXIT_ABORTED = 0, 2, 3, 4, 99
EXIT_NOTHING = 5
"""No play had a host, because a pattern is misspelt or --limit leaves nothing."""


def run(
    playbooks: Sequence[Playbook],
    inventory: Inventory,
    options: RunOptions,
    *,
    sessions: Sessions | None = None,
    subscribers: Sequence[Subscriber] = (),
) -> RunFinished:
    """Carry out playbooks, one after another.

    Parameters:
        sessions: used and left open; a pool of its own is opened and closed if none is given.
        subscribers: are called with every event, one at a time, from the run's threads.

    Returns:
        The recap and the exit code: 0 ok, 1 an error, 2 a host failed, 3 something changed
        (only with ``exit_on_change``), 4 a host was unreachable, 5 no play had a host though
        hosts were named, 99 aborted by the user.

    Raises:
        PlaybookError, InventoryError: something cannot be carried out as written; where it
            could be known beforehand, before anything is touched.
    """
    check(playbooks)
    started = time.monotonic()
    opened = sessions is None
    if sessions is None:
        from provision.transport.pool import SessionPool

        sessions = SessionPool()
    state = Run(inventory, options, sessions, subscribers)
    known_tags.check(playbooks, options.tags, options.skip_tags, state.warn)
    aborted = False
    try:
        for playbook in playbooks:
            state.publish(PlaybookStarted(path=str(playbook.path)))
            state.playbook_dir = playbook.path.absolute().parent
            state.magic["playbook_dir"] = str(state.playbook_dir)
            inventory.load_adjacent(state.playbook_dir)
            state.refresh_groups()
            if not all(run_play(state, play) for play in playbook.plays):
                break
        if state.start_at is not None:
            raise UsageError(
                f"no task is named '{state.start_at}'",
                hint="--start-at-task takes a task's name as written, or a pattern of it",
            )
    except KeyboardInterrupt:
        aborted = True
        state.cancelled.set()
        sessions.close()
        state.warn("aborted: what was under way on the hosts has been stopped")
    finally:
        state.workers.shutdown(wait=not aborted, cancel_futures=True)
        if opened and not aborted:
            sessions.close()
        _tell_owed(state, playbooks)
    finished = RunFinished(
        recap=state.recap,
        stats=state.stats.figures,
        duration=time.monotonic() - started,
        exit_code=EXIT_ABORTED if aborted else exit_code(state),
    )
    state.publish(finished)
    return finished


def _tell_owed(state: Run, playbooks: Sequence[Playbook]) -> None:
    """Say which handlers have not run though notified, and keep them for the next run."""
    plays = {owner(play) for playbook in playbooks for play in playbook.plays}
    owed = state.owed
    owed.close()
    if state.options.owed_handlers is None or state.options.check:
        return
    if owed.unwritable:
        state.warn(f"notified handlers cannot be remembered for the next run: {owed.unwritable}")
    hosts: dict[tuple[str, ...], list[str]] = {}
    for (play, host), names in owed.left().items():
        if play in plays and host in state.recap:
            hosts.setdefault(tuple(names), []).append(host)
    for called, missed in hosts.items():
        state.warn(
            f"notified, but not run: {', '.join(called)} [{', '.join(missed)}]\n"
            "the next run of the playbook does that; --no-resume-handlers forgets it"
        )


def exit_code(state: Run) -> int:
    """As ansible-playbook's, plus ``exit_on_change``."""
    if state.unreachable:
        return EXIT_UNREACHABLE
    if state.failed:
        return EXIT_FAILED
    if state.idle and (state.unknown_names or state.options.limit):
        return EXIT_NOTHING
    if state.options.exit_on_change and any(tally.changed for tally in state.recap.values()):
        return EXIT_CHANGED
    return EXIT_OK
