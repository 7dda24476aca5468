"""Lines and tables on the terminal."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import click

from provision.cli.context import settings

_lock = threading.Lock()


def say(machine: str, line: str) -> None:
    """One line of progress; from any thread. ``machine`` is "" for the cluster."""
    with _lock:
        who = click.style(f"{machine}: ", fg="cyan") if machine else ""
        click.echo(f"{who}{line}")


def heading(text: str) -> None:
    click.secho(text, bold=True)


def table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Aligned columns, greppable, no frames."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(headers[i]), *(len(row[i]) for row in cells), 0) for i in range(len(headers))]

    def line(row: Sequence[str]) -> str:
        return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))

    click.secho(line(headers).rstrip(), bold=True)
    for row in cells:
        click.echo(line(row).rstrip())


def steps(commands: Sequence[tuple[str, str]]) -> None:
    """What to type next, for this cluster, and what it does."""
    chosen = settings(click.get_current_context())
    commands = [(chosen.addressed(command), purpose) for command, purpose in commands]
    width = max(len(command) for command, _ in commands)
    click.echo()
    heading("next:")
    for command, purpose in commands:
        click.echo(f"  {click.style(command.ljust(width), fg='green')}   {purpose}")
