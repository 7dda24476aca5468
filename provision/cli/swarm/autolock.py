"""provision swarm autolock, unlock, unlock-key"""

from __future__ import annotations

import click

from provision.cli.context import common_options
from provision.cli.working import working


@click.command("autolock")
@click.argument("state", type=click.Choice(["on", "off"]))
@common_options
@click.pass_context
def autolock(ctx: click.Context, /, state: str) -> None:
    """Switch autolock on or off: managers that restart stay locked until `unlock`.

    What raft keeps on a manager's disk, and its TLS key, are then of no use without the key,
    which is kept among the cluster's secrets.
    """
    from provision.cluster.swarm.autolock import declare
    from provision.cluster.swarm.operation import SwarmOperation

    with working(ctx, SwarmOperation) as work:
        declare(work, state == "on")
        where = work.cluster.store.secrets
    kept = f"; the key is in {where} (mode 0600): keep a copy elsewhere" if state == "on" else ""
    click.echo(f"autolock is {state}{kept}")


@click.command("unlock")
@common_options
@click.pass_context
def unlock(ctx: click.Context, /) -> None:
    """Unlock the managers that restarted locked, and wait until they are back."""
    from provision.cluster.swarm.operation import SwarmOperation
    from provision.cluster.swarm.unlocking import unlock

    with working(ctx, SwarmOperation) as work:
        found = unlock(work)
    if not found:
        click.echo("no node is locked")


@click.command("unlock-key")
@click.option("--rotate", is_flag=True, help="Make a new key first.")
@click.option("--show", is_flag=True, help="The key as it is; without, only how it begins.")
@common_options
@click.pass_context
def unlock_key(ctx: click.Context, /, rotate: bool, show: bool) -> None:
    """Print the key of locked managers, masked unless --show; keep it among the secrets.

    After --rotate the old key is kept too: a manager that is off now needs it.
    """
    from provision.cluster.swarm import autolock
    from provision.cluster.swarm.operation import SwarmOperation

    with working(ctx, SwarmOperation) as work:
        if rotate:
            autolock.rotate(work)
        key = autolock.keep_key(work)
        if key is None:
            raise autolock.autolock_is_off()
    click.echo(key if show else f"{key[:12]}…")
