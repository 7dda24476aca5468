"""provision node remove, replace"""

from __future__ import annotations

from collections.abc import Sequence

import click

from provision.cli.accept import accept
from provision.cli.context import common_options, settings
from provision.cli.node.availability import NODE
from provision.cli.output import say
from provision.cli.working import working

YES = click.option("-y", "--yes", is_flag=True, help="Do not ask.")
TIMEOUT = click.option(
    "--timeout",
    type=float,
    default=180,
    metavar="SECONDS",
    show_default=True,
    help="How long its tasks may take to run elsewhere.",
)


@click.command("remove")
@NODE
@click.option(
    "--force",
    is_flag=True,
    help="Also if it does not answer, or no further failure is tolerated then.",
)
@YES
@TIMEOUT
@common_options
@click.pass_context
def remove(ctx: click.Context, /, node: str, force: bool, yes: bool, timeout: float) -> None:
    """Take NODE out of the cluster: drain, leave swarm and Consul, destroy its machine.

    Says what it costs; never breaks a quorum, with --force either. An existing server is left
    as it is, but out of the cluster. Killed on the way, the same command goes on.
    """
    from provision.cluster.nodes.removal import remove, tidy
    from provision.cluster.operation import Operation

    with working(ctx, Operation, complete=False) as work:
        chosen = work.cluster.node(node)
        _approve([f"{chosen.name}: its machine with all its volumes"], yes=yes)
        remove(work, chosen, force=force, wait=timeout)
        tidy(work)


@click.command("replace")
@NODE
@click.option("--release", metavar="NAME", help="Make it of this Debian release.")
@click.option("--force", is_flag=True, help="Also if it does not answer.")
@YES
@TIMEOUT
@common_options
@click.pass_context
def replace(
    ctx: click.Context, /, node: str, release: str | None, force: bool, yes: bool, timeout: float
) -> int:
    """Destroy NODE and make it again: same name, same role, same labels.

    It leaves as with `remove` and joins as a new node. Never breaks a quorum: the others have
    to have one without it. Killed on the way, the same command goes on.
    """
    from provision.cli.console import console_for
    from provision.cluster.nodes.replace import replace
    from provision.cluster.workspace import workspace

    chosen = settings(ctx)
    with console_for(chosen.verbosity, chosen.color) as console:
        return replace(
            workspace(),
            chosen.cluster,
            node,
            say=say,
            approve=lambda lost: _approve(lost, yes=yes),
            subscribers=[console],
            force=force,
            wait=timeout,
            release=release,
        )


def _approve(lost: Sequence[str], *, yes: bool) -> None:
    """Name what will be lost, and ask if nobody has said yes."""
    for line in () if yes else lost:
        click.echo(f"will be lost: {line}")
    accept("Go on?", yes=yes, hint="--yes accepts that loss")
