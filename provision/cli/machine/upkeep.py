"""provision machine provision, regenerate-certs, upgrade"""

from __future__ import annotations

import click

from provision.cli.accept import accept
from provision.cli.console import console_for
from provision.cli.context import common_options, settings
from provision.cli.machine.named import NAMES, several
from provision.cli.output import say


@click.command("provision")
@NAMES
@common_options
@click.pass_context
def provision(ctx: click.Context, /, names: tuple[str, ...]) -> int:
    """Set machines' Docker up again, as it was declared."""
    from provision.cluster.machine.upkeep import provision

    chosen = settings(ctx)
    with console_for(chosen.verbosity, chosen.color) as console:
        return provision(several(ctx, names), subscribers=[console])


@click.command("upgrade")
@NAMES
@common_options
@click.pass_context
def upgrade(ctx: click.Context, /, names: tuple[str, ...]) -> int:
    """Upgrade machines' Docker to the newest of its package source, one after another."""
    from provision.cluster.machine.upkeep import upgrade

    chosen = settings(ctx)
    with console_for(chosen.verbosity, chosen.color) as console:
        return upgrade(several(ctx, names), subscribers=[console])


@click.command("regenerate-certs")
@click.option("-f", "--force", is_flag=True, help="Do not ask.")
@click.option(
    "--client-certs",
    is_flag=True,
    help="A new authority and client certificate too: all of the cluster's machines get new ones.",
)
@NAMES
@common_options
@click.pass_context
def regenerate_certs(
    ctx: click.Context, /, names: tuple[str, ...], force: bool, client_certs: bool
) -> int:
    """Give machines new TLS certificates, one machine after another.

    A machine's Docker restarts for it, and with it the containers there; machines whose
    certificate stays are left alone.
    """
    from provision.cluster.machine.upkeep import regenerate

    machines = several(ctx, names)
    shown = ", ".join(machine.name for machine in machines)
    question = f"New certificates, and a restart of Docker, on {shown}?"
    accept(question, yes=force, hint="--force makes them")
    chosen = settings(ctx)
    with console_for(chosen.verbosity, chosen.color) as console:
        return regenerate(machines, client=client_certs, say=say, subscribers=[console])
