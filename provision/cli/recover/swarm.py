"""provision recover swarm"""

from __future__ import annotations

import click

from provision.cli.accept import accept
from provision.cli.context import common_options
from provision.cli.output import steps
from provision.cli.working import working


@click.command("swarm")
@click.option(
    "--node", metavar="NODE", help="Go on with its state. [default: whose log was written last]"
)
@click.option("-y", "--yes", is_flag=True, help="Do it; without, it only says what would be lost.")
@common_options
@click.pass_context
def command(ctx: click.Context, /, node: str | None, yes: bool) -> None:
    """Make a swarm of one of the managers that are left, once too many are gone for good.

    Refuses while there is a quorum. The state of before is kept in the cluster's directory;
    services, networks, configs, secrets and workers stay. Managers that are left besides leave,
    and join anew by `bootstrap`.
    """
    from provision.cluster.swarm.operation import SwarmOperation
    from provision.cluster.swarm.recover import assess, recover

    with working(ctx, SwarmOperation, complete=False) as work:
        loss = assess(work, work.cluster.node(node) if node else None)
        for line in loss.lines():
            click.echo(line)
        accept("Go on with that loss?", yes=yes, hint="--yes accepts that loss")
        recover(work, loss)
    steps(
        [
            ("provision up", "make the machines that are missing"),
            ("provision bootstrap swarm", "let the managers join"),
        ]
    )
