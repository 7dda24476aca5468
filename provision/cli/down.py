"""provision down"""

from __future__ import annotations

import sys

import click

from provision.cli.context import common_options, settings
from provision.cli.output import say


@click.command("down")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@common_options
@click.pass_context
def command(ctx: click.Context, /, yes: bool) -> None:
    """Remove the cluster: machines, volumes, network, keys and state.

    Asks first when there is someone to ask.
    """
    from provision.cluster.down import down
    from provision.cluster.workspace import workspace

    name = settings(ctx).cluster
    if not yes and sys.stdin.isatty():
        click.confirm(f"Remove cluster '{name}', its machines and all their data?", abort=True)
    removed = down(workspace(), name, say=say)
    click.echo(f"cluster {name} is gone ({len(removed)} machines)")
