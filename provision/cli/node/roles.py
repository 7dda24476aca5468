"""provision node promote, demote"""

from __future__ import annotations

import click

from provision.cli.context import common_options
from provision.cli.node.availability import NODE
from provision.cli.working import working


@click.command("promote")
@NODE
@common_options
@click.pass_context
def promote(ctx: click.Context, /, node: str) -> None:
    """Make NODE a swarm manager and a Consul server, and wait until all is well."""
    from provision.cluster.nodes.roles import promote
    from provision.cluster.operation import Operation

    with working(ctx, Operation) as work:
        promote(work, work.cluster.node(node))


@click.command("demote")
@NODE
@click.option("--force", is_flag=True, help="Also if no further failure is tolerated then.")
@common_options
@click.pass_context
def demote(ctx: click.Context, /, node: str, force: bool) -> None:
    """Make NODE a worker and a Consul client, and wait until all is well.

    Says what it costs. Never breaks a quorum, with --force either.
    """
    from provision.cluster.nodes.roles import demote
    from provision.cluster.operation import Operation

    with working(ctx, Operation) as work:
        demote(work, work.cluster.node(node), force=force)
