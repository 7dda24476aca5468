"""provision service scale, rollback, rm"""

from __future__ import annotations

import click

from provision.cli.context import common_options
from provision.cli.swarm_manager import manager, waiting, waiting_options
from provision.errors import UsageError


@click.command("scale")
@waiting_options
@common_options
@click.argument("counts", nargs=-1, required=True, metavar="SERVICE=N...")
@click.pass_context
def scale(ctx: click.Context, /, counts: tuple[str, ...], detach: bool, timeout: float) -> None:
    """Give services another number of tasks, and wait until they run.

    A stack's next deployment gives them the number in its file again.
    """
    from provision.cluster.workloads import change

    asked = {}
    for text in counts:
        name, _, number = text.rpartition("=")
        if not name or not number.isdecimal():
            raise UsageError(f"'{text}' is not SERVICE=N")
        asked[name] = int(number)
    change.scale(manager(ctx), asked, waiting(detach, timeout))


@click.command("rollback")
@waiting_options
@common_options
@click.argument("service")
@click.pass_context
def rollback(ctx: click.Context, /, service: str, detach: bool, timeout: float) -> None:
    """Bring SERVICE back to what it was before its last update."""
    from provision.cluster.workloads import change

    change.rollback(manager(ctx), service, waiting(detach, timeout))
    click.echo(f"{service}: {'rolling back' if detach else 'rolled back'}")


@click.command("rm")
@common_options
@click.argument("services", nargs=-1, required=True)
@click.pass_context
def rm(ctx: click.Context, /, services: tuple[str, ...]) -> None:
    """Remove SERVICES; none is, if one of them is not there."""
    from provision.cluster.workloads import change

    change.remove(manager(ctx), services)
    for name in services:
        click.echo(f"{name}: removed")
