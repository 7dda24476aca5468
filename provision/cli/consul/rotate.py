"""provision consul rotate"""

from __future__ import annotations

import click

from provision.cli.consul.working import working
from provision.cli.context import common_options, settings
from provision.errors import UsageError


@click.command("rotate")
@click.argument("what", type=click.Choice(["gossip", "certs", "tokens"]))
@click.option("--authority", is_flag=True, help="With certs: a new certificate authority too.")
@common_options
@click.pass_context
def rotate(ctx: click.Context, /, what: str, authority: bool) -> None:
    """Replace the gossip key, the certificates or the tokens, without an outage.

    Old and new ones are valid side by side until every node uses the new ones. Agents are
    restarted one at a time, the leader last.
    """
    from provision.cluster.consul import rotate as rotation

    if authority and what != "certs":
        raise UsageError(f"--authority goes with certs, not with {what}")
    name = settings(ctx).cluster
    with working(ctx) as work:
        if what == "gossip":
            rotation.gossip(work)
        elif what == "tokens":
            rotation.tokens(work)
        else:
            rotation.certs(work, authority=authority)
    click.echo(f"cluster {name}: {what} rotated")
