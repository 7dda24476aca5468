"""provision recover consul"""

from __future__ import annotations

import click

from provision.cli.accept import accept
from provision.cli.context import common_options, settings
from provision.cli.output import steps


@click.command("consul")
@click.option("-y", "--yes", is_flag=True, help="Do it; without, it only says what would be lost.")
@common_options
@click.pass_context
def command(ctx: click.Context, /, yes: bool) -> None:
    """Make a cluster of the Consul servers that are left, once the others are gone for good.

    Refuses while there is a quorum.
    """
    from provision.cluster.consul.operation import operation
    from provision.cluster.consul.recover import assess, recover
    from provision.cluster.workspace import workspace

    name = settings(ctx).cluster
    with operation(workspace(), name, say=click.echo) as work:
        loss = assess(work)
        for line in loss.lines():
            click.echo(line)
        accept("Go on with that loss?", yes=yes, hint="--yes accepts that loss")
        recover(work, loss)
    steps(
        [
            ("provision up", "make the machines that are missing"),
            ("provision bootstrap consul", "let them join"),
        ]
    )
