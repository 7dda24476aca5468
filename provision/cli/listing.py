"""--list-tasks and --list-hosts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from provision.inventory import Inventory
from provision.playbook.model import Block, Node, Playbook, Task


def show(
    playbooks: Sequence[Playbook],
    inventory: Inventory,
    limit: str | None,
    *,
    tasks: bool,
    hosts: bool,
) -> None:
    """Name what a run would touch, play by play. What is included at run time is not known yet."""
    limited = inventory.limit(limit) if limit else None
    for playbook in playbooks:
        click.echo(f"\nplaybook: {playbook.path}")
        for number, play in enumerate(playbook.plays, 1):
            click.echo(f"\n  play #{number} ({play.hosts}): {play.name}")
            if hosts:
                matched = [host.name for host in inventory.match(play.hosts)]
                chosen = [name for name in matched if limited is None or name in limited]
                click.echo(f"    hosts ({len(chosen)}):")
                for name in chosen:
                    click.echo(f"      {name}")
            if tasks:
                click.echo("    tasks:")
                for section in play.sections:
                    for task in _tasks(section):
                        click.echo(f"      {_title(task)}    TAGS: [{', '.join(_tags(task))}]")


def _tasks(nodes: Sequence[Node]) -> Iterator[Task]:
    for node in nodes:
        if isinstance(node, Block):
            yield from _tasks(node.block)
            yield from _tasks(node.rescue)
            yield from _tasks(node.always)
        else:
            yield node


def _title(task: Task) -> str:
    name = task.name or task.action
    return f"{task.role.name} : {name}" if task.role else name


def _tags(task: Task) -> list[str]:
    return sorted(set(task.settings.tags))
