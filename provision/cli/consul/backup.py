"""provision consul backup, restore"""

from __future__ import annotations

from pathlib import Path

import click

from provision.cli.accept import accept
from provision.cli.consul.working import working
from provision.cli.context import common_options, settings

_FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command("backup")
@_FILE
@common_options
@click.pass_context
def backup(ctx: click.Context, /, file: Path) -> None:
    """Take a snapshot of Consul's state into FILE: keys, catalog, ACLs, sessions.

    FILE is written once `consul snapshot inspect` has read it. It holds tokens, so it is readable
    by you only.
    """
    from provision.cluster.cluster import Cluster
    from provision.cluster.consul.backup import save
    from provision.cluster.workspace import workspace

    cluster = Cluster.open(workspace(), settings(ctx).cluster)
    click.echo(save(cluster, file).strip())
    click.echo(f"snapshot of cluster {cluster.name} in {file}")


@click.command("restore")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@_FILE
@common_options
@click.pass_context
def restore(ctx: click.Context, /, file: Path, yes: bool) -> None:
    """Replace Consul's whole state by the snapshot in FILE.

    What was written since is gone. FILE may be another cluster's: the tokens of this one are made
    in it.
    """
    from provision.cluster.consul.backup import inspect
    from provision.cluster.consul.backup import restore as put_back

    name = settings(ctx).cluster
    with working(ctx) as work:
        click.echo(inspect(work.cluster, file).strip())
        question = f"Replace all that cluster '{name}' has by this?"
        accept(question, yes=yes, hint="--yes restores it")
        put_back(work, file)
    click.echo(f"cluster {name} has the state of {file}")
