"""provision doctor"""

from __future__ import annotations

import click

from provision.cli.context import common_options, settings

_MARKS = {"ok": ("ok  ", "green"), "warn": ("warn", "yellow"), "fail": ("FAIL", "red")}


@click.command("doctor")
@common_options
@click.pass_context
def command(ctx: click.Context, /) -> int:
    """Say what this host can run, what is missing, and the command that installs it.

    Where there is a cluster, also what its nodes' kernels lack.

    Exit code 0: a driver works here; 1: none does.
    """
    from provision.cluster import preflight
    from provision.cluster.workspace import workspace
    from provision.machines.host import examine

    checks = [*examine(), *preflight.checks(workspace(), settings(ctx).cluster)]
    for check in checks:
        mark, color = _MARKS[check.status]
        click.echo(f"{click.style(mark, fg=color)}  {check.name}: {check.finding}")
        if check.fix and check.status != "ok":
            click.echo(f"      fix: {check.fix}")
    return 1 if any(check.status == "fail" for check in checks) else 0
