"""--list-hosts, --list-tasks and --list-tags."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from provision.engine.tags import selected
from provision.inventory import Inventory
from provision.playbook.model import Block, Node, Play, Playbook, Task


class Listing:
    """What a run would touch. What is included at run time is not known yet.

    Parameters:
        limit, tags, skip_tags: as given on the command line.
    """

    def __init__(
        self,
        playbooks: Sequence[Playbook],
        inventory: Inventory,
        *,
        limit: str | None,
        tags: Sequence[str],
        skip_tags: Sequence[str],
    ) -> None:
        self._playbooks = playbooks
        self._inventory = inventory
        self._limited = inventory.limit(limit) if limit else None
        self._asked = (tags, skip_tags)

    def show(self, *, hosts: bool, tasks: bool, tags: bool) -> None:
        """Print it, play by play."""
        for playbook in self._playbooks:
            click.echo(f"\nplaybook: {playbook.path}")
            for number, play in enumerate(playbook.plays, 1):
                click.echo(f"\n  play #{number} ({play.hosts}): {play.name}")
                if hosts:
                    self._hosts(play)
                chosen = [task for part in play.sections for task in self._tasks(part)]
                if tasks:
                    click.echo("    tasks:")
                    for task in chosen:
                        click.echo(f"      {_title(task)}    TAGS: [{', '.join(_tags(task))}]")
                if tags:
                    every = sorted({tag for task in chosen for tag in _tags(task)})
                    click.echo(f"    TASK TAGS: [{', '.join(every)}]")

    def _hosts(self, play: Play) -> None:
        matched = [host.name for host in self._inventory.match(play.hosts)]
        chosen = [name for name in matched if self._limited is None or name in self._limited]
        click.echo(f"    hosts ({len(chosen)}):")
        for name in chosen:
            click.echo(f"      {name}")

    def _tasks(self, nodes: Sequence[Node]) -> Iterator[Task]:
        for node in nodes:
            if isinstance(node, Block):
                for part in (node.block, node.rescue, node.always):
                    yield from self._tasks(part)
            elif selected(node.settings.tags, *self._asked):
                yield node


def _title(task: Task) -> str:
    name = task.title
    return f"{task.role.name} : {name}" if task.role else name


def _tags(task: Task) -> list[str]:
    return sorted(set(task.settings.tags))
