"""provision swarm tokens, rotate-tokens"""

from __future__ import annotations

import json

import click

from provision.cli.context import common_options
from provision.cli.output import table
from provision.cli.working import working


@click.command("tokens")
@click.argument("role", type=click.Choice(["worker", "manager", "both"]), default="both")
@click.option("--show", is_flag=True, help="The tokens as they are; without, only how they begin.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@common_options
@click.pass_context
def tokens(ctx: click.Context, /, role: str, show: bool, as_json: bool) -> None:
    """Print the tokens that let a node join the swarm, masked unless --show.

    `provision bootstrap` needs none of this: it is for nodes that others look after. Whoever has
    the manager token can take the swarm over.
    """
    from provision.cluster.swarm.operation import SwarmOperation
    from provision.cluster.swarm.tokens import masked, read

    with working(ctx, SwarmOperation, exclusive=False) as work:
        found = read(work)
    shown = {
        each: token if show else masked(token)
        for each, token in found.by_role.items()
        if role in (each, "both")
    }
    if as_json:
        click.echo(json.dumps({"address": found.address, "tokens": shown}, indent=2))
        return
    table(("ROLE", "TOKEN"), list(shown.items()))
    click.echo(f"\non the node: docker swarm join --token TOKEN {found.address}")


@click.command("rotate-tokens")
@click.argument("role", type=click.Choice(["worker", "manager", "both"]), default="both")
@common_options
@click.pass_context
def rotate_tokens(ctx: click.Context, /, role: str) -> None:
    """Make new join tokens; the old ones let nobody join any more.

    Nodes that are in the swarm stay in it. The tokens are not printed: `tokens --show` does.
    """
    from provision.cluster.swarm.operation import SwarmOperation
    from provision.cluster.swarm.tokens import ROLES, rotate

    with working(ctx, SwarmOperation) as work:
        rotate(work, ROLES if role == "both" else [role])
