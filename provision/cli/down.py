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

    Asks first when there is someone to ask. A cluster that was imported is only forgotten here.
    """
    from provision.cluster.down import down
    from provision.cluster.workspace import workspace
    from provision.machines.store import ClusterStore

    name = settings(ctx).cluster
    imported = ClusterStore(workspace(), name).imported.exists()
    if not yes and sys.stdin.isatty():
        what = "Forget the imported cluster '{}'?"
        if not imported:
            what = "Remove cluster '{}', its machines and all their data?"
        click.confirm(what.format(name), abort=True)
    removed = down(workspace(), name, say=say)
    gone = "forgotten here" if imported else f"gone ({len(removed)} machines)"
    click.echo(f"cluster {name} is {gone}")
