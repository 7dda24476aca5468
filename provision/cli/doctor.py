"""provision doctor"""

from __future__ import annotations

import click

from provision.cli.context import common_options

_MARKS = {"ok": ("ok  ", "green"), "warn": ("warn", "yellow"), "fail": ("FAIL", "red")}


@click.command("doctor")
@common_options
def command() -> int:
    """Say what this host can run, what is missing, and the command that installs it.

    Exit code 0: a driver works here; 1: none does.
    """
    from provision.machines.host import examine

    checks = examine()
    for check in checks:
        mark, color = _MARKS[check.status]
        click.echo(f"{click.style(mark, fg=color)}  {check.name}: {check.finding}")
        if check.fix and check.status != "ok":
            click.echo(f"      fix: {check.fix}")
    return 1 if any(check.status == "fail" for check in checks) else 0
