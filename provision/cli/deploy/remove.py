"""provision deploy rm"""

from __future__ import annotations

import click

from provision.cli.accept import accept
from provision.cli.context import common_options
from provision.cli.swarm_manager import manager


@click.command("rm")
@click.option("-C", "--check", is_flag=True, help="Say what would be removed; remove nothing.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@common_options
@click.argument("stacks", nargs=-1, required=True)
@click.pass_context
def rm(ctx: click.Context, /, stacks: tuple[str, ...], check: bool, yes: bool) -> None:
    """Remove STACKS: their services, networks, secrets and configs. Volumes stay.

    Waits until the last task has ended. A stack that is not there is no error.
    """
    from provision.cluster.workloads.stacks import remove

    engine = manager(ctx)
    accept(f"Remove {', '.join(stacks)}?", yes=check or yes, hint="--yes removes them")
    for stack in stacks:
        actions = remove(engine, stack, check=check)
        for action in actions:
            click.echo(f"would be: {action}" if check else action)
        if not actions:
            click.echo(f"stack {stack}: nothing is there")
