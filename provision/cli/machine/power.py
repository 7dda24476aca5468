"""provision machine start, stop, restart, kill, rm"""

from __future__ import annotations

import click

from provision.cli.accept import accept
from provision.cli.console import console_for
from provision.cli.context import common_options, settings
from provision.cli.machine.named import NAMES, several
from provision.cli.output import say


@click.command("start")
@NAMES
@common_options
@click.pass_context
def start(ctx: click.Context, /, names: tuple[str, ...]) -> int:
    """Power machines on. One that comes back at another address gets a new certificate."""
    return _start(ctx, names, stop_first=False)


@click.command("stop")
@NAMES
@common_options
@click.pass_context
def stop(ctx: click.Context, /, names: tuple[str, ...]) -> None:
    """Power machines off, orderly."""
    _stop(ctx, names, kill=False)


@click.command("kill")
@NAMES
@common_options
@click.pass_context
def kill(ctx: click.Context, /, names: tuple[str, ...]) -> None:
    """Power machines off at once, as pulling the plug does."""
    _stop(ctx, names, kill=True)


@click.command("restart")
@NAMES
@common_options
@click.pass_context
def restart(ctx: click.Context, /, names: tuple[str, ...]) -> int:
    """Power machines off and on."""
    return _start(ctx, names, stop_first=True)


@click.command("rm")
@click.option("-f", "--force", is_flag=True, help="Also members of a swarm, and what cannot go.")
@click.option("-y", "yes", is_flag=True, help="Do not ask.")
@NAMES
@common_options
@click.pass_context
def rm(ctx: click.Context, /, names: tuple[str, ...], force: bool, yes: bool) -> None:
    """Remove machines with all that is on them.

    A server that provision did not make is forgotten, not touched.
    """
    from provision.cluster.machine.power import remove

    if not names:
        raise click.UsageError("which machines? Name them", ctx)
    question = f"Remove {', '.join(names)} and all that is on them?"
    accept(question, yes=yes or force, hint="-y removes them")
    for name in names:  # one by one: the cluster's state is another one after each
        remove(several(ctx, [name])[0], force=force, say=say)


def _start(ctx: click.Context, names: tuple[str, ...], *, stop_first: bool) -> int:
    from provision.cluster.machine.power import start, stop

    chosen = settings(ctx)
    with console_for(chosen.verbosity, chosen.color) as console:
        for name in names or (None,):
            machine = several(ctx, [name] if name else [])[0]
            if stop_first:
                stop(machine, say=say)
            if code := start(machine, say=say, subscribers=[console]):
                return code
    return 0


def _stop(ctx: click.Context, names: tuple[str, ...], *, kill: bool) -> None:
    from provision.cluster.machine.power import stop

    for machine in several(ctx, names):
        stop(machine, kill=kill, say=say)
