"""provision swarm rotate-ca"""

from __future__ import annotations

import click

from provision.cli.context import common_options
from provision.cli.working import working


@click.command("rotate-ca")
@common_options
@click.pass_context
def rotate_ca(ctx: click.Context, /) -> None:
    """Replace the swarm's certificate authority, and wait until every node has the new one.

    Nothing is interrupted. The join tokens change with it. Refuses while a node is away.
    """
    from provision.cluster.swarm.authority import rotate
    from provision.cluster.swarm.operation import SwarmOperation

    with working(ctx, SwarmOperation) as work:
        rotate(work)
