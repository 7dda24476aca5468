"""What can be refused before anything is touched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from provision.engine import jobs
from provision.engine.start_at import walk

if TYPE_CHECKING:
    from provision.playbook.model import Node, Playbook


def check(playbooks: Sequence[Playbook]) -> None:
    """Raises PlaybookError: a keyword's value that the engine does not carry out."""
    for playbook in playbooks:
        for play in playbook.plays:
            for nodes in (*play.sections, play.handlers):
                check_nodes(nodes)


def check_nodes(nodes: Iterable[Node]) -> None:
    """The same for tasks, also of included files. Raises PlaybookError."""
    for task in walk(nodes):
        jobs.check(task)
