"""provision recover manager"""

from __future__ import annotations

import click

from provision.cli.accept import accept
from provision.cli.context import common_options
from provision.cli.output import steps
from provision.cli.working import working


@click.command("manager")
@click.argument("node")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@common_options
@click.pass_context
def command(ctx: click.Context, /, node: str, yes: bool) -> None:
    """Have NODE leave with its old state, after `recover swarm` has given it up.

    Refuses if it is a member of the swarm that lives, or in another swarm. Its containers of the
    swarm go; `bootstrap` lets it join anew.
    """
    from provision.cluster.swarm.operation import SwarmOperation
    from provision.cluster.swarm.recover import bring_back

    question = f"{node} leaves, its copy of the swarm's state is gone. Go on?"
    accept(question, yes=yes, hint="--yes has it leave")
    with working(ctx, SwarmOperation, complete=False) as work:
        bring_back(work, work.cluster.node(node))
    steps([("provision bootstrap swarm", "let it join")])
