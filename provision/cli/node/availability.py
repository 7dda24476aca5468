"""provision node drain, pause, activate"""

from __future__ import annotations

import click

from provision.cli.context import common_options
from provision.cli.working import working

NODE = click.argument("node", metavar="NODE")


@click.command("drain")
@NODE
@click.option("--no-wait", is_flag=True, help="Do not wait until its tasks run elsewhere.")
@click.option("--timeout", type=float, default=180, metavar="SECONDS", show_default=True)
@common_options
@click.pass_context
def drain(ctx: click.Context, /, node: str, no_wait: bool, timeout: float) -> None:
    """Move NODE's tasks to other nodes; it gets no new ones until `activate`.

    Ends when every service that had tasks there has all its replicas elsewhere. The cluster
    remembers it: `bootstrap` leaves the node drained, `verify` expects it to be.
    """
    _declare(ctx, node, "drain", None if no_wait else timeout)


@click.command("pause")
@NODE
@common_options
@click.pass_context
def pause(ctx: click.Context, /, node: str) -> None:
    """Give NODE no new tasks; those that it has go on."""
    _declare(ctx, node, "pause", None)


@click.command("activate")
@NODE
@common_options
@click.pass_context
def activate(ctx: click.Context, /, node: str) -> None:
    """Let NODE have tasks again. Those that were moved stay where they are."""
    _declare(ctx, node, "active", None)


def _declare(ctx: click.Context, node: str, availability: str, wait: float | None) -> None:
    from provision.cluster.swarm.availability import declare
    from provision.cluster.swarm.operation import SwarmOperation

    with working(ctx, SwarmOperation) as work:
        declare(work, work.cluster.node(node), availability, wait=wait)
