"""What can be refused before anything is touched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from provision.engine import jobs
from provision.engine.start_at import walk
from provision.errors import PlaybookError, did_you_mean
from provision.playbook.model import Node, Playbook

STRATEGIES = ("linear", "free", "host_pinned")


def check(playbooks: Sequence[Playbook]) -> None:
    """Raises PlaybookError: a keyword's value that the engine does not carry out."""
    for playbook in playbooks:
        for play in playbook.plays:
            if play.strategy not in STRATEGIES:
                raise PlaybookError(
                    f"the strategy '{play.strategy}' is not supported",
                    at=play.at,
                    hint=did_you_mean(play.strategy, STRATEGIES)
                    or f"there are {', '.join(STRATEGIES)}",
                )
            for nodes in (*play.sections, play.handlers):
                check_nodes(nodes)


def check_nodes(nodes: Iterable[Node]) -> None:
    """The same for tasks, also of included files. Raises PlaybookError."""
    for task in walk(nodes):
        jobs.check(task)
