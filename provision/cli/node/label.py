"""provision node label"""

from __future__ import annotations

import click

from provision.cli.context import common_options
from provision.cli.node.availability import NODE
from provision.cli.working import working
from provision.errors import UsageError


@click.command("label")
@NODE
@click.argument("labels", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--remove", "gone", multiple=True, metavar="KEY", help="May be repeated.")
@common_options
@click.pass_context
def label(ctx: click.Context, /, node: str, labels: tuple[str, ...], gone: tuple[str, ...]) -> None:
    """Set and remove labels of NODE in the swarm; others stay as they are.

    Services are placed by them: `--constraint node.labels.KEY==VALUE`. The cluster remembers
    them: a node that is replaced gets them again.
    """
    from provision.cluster.swarm.labels import change
    from provision.cluster.swarm.operation import SwarmOperation

    for text in labels:
        if "=" not in text.lstrip("="):
            raise UsageError(f"{text!r} is not KEY=VALUE", hint="--remove KEY takes a label away")
    if not labels and not gone:
        raise UsageError("no label is given", hint="`provision node ls` shows those there are")
    with working(ctx, SwarmOperation) as work:
        wanted = dict(text.split("=", 1) for text in labels)
        change(work, work.cluster.node(node), wanted, gone)
