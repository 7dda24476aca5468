"""provision down"""

from __future__ import annotations

from functools import partial

import click

from provision.cli.accept import accept
from provision.cli.context import common_options, settings
from provision.cli.output import say


@click.command("down")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@common_options
@click.pass_context
def command(ctx: click.Context, /, yes: bool) -> None:
    """Remove the cluster: machines, volumes, network, keys and state.

    Asks first; where nobody can be asked it needs --yes. A cluster that was imported is only
    forgotten here.
    """
    from provision.cluster.down import down
    from provision.cluster.workspace import workspace
    from provision.machines.store import ClusterStore

    name = settings(ctx).cluster
    imported = ClusterStore(workspace(), name).imported.exists()
    consent = partial(accept, yes=yes, hint="--yes removes it")
    removed = down(workspace(), name, accept=consent, say=say)
    gone = "forgotten here" if imported else f"gone ({len(removed)} machines)"
    click.echo(f"cluster {name} is {gone}")
