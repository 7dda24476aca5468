"""provision consul run"""

from __future__ import annotations

import sys

import click

from provision.cli.context import common_options, settings


# What follows is consul's: the -v in its -log-level is not ours.
@click.command(
    "run", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
@click.option("--node", metavar="NODE", help="Where, by name or number. [default: a server]")
@click.option("--management", is_flag=True, help="As who may change ACLs and take snapshots.")
@common_options
@click.argument("arguments", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def run(
    ctx: click.Context, /, node: str | None, management: bool, arguments: tuple[str, ...]
) -> int:
    """Run consul with ARGUMENTS on a server, as the cluster's operator.

    The token goes there by standard input and is on no command line. The exit code is consul's.

    \b
    provision consul run members
    provision consul run kv put name value
    provision consul run --management acl token list
    """
    from provision.cluster.cluster import Cluster
    from provision.cluster.consul.access import run_consul
    from provision.cluster.workspace import workspace

    cluster = Cluster.open(workspace(), settings(ctx).cluster)
    stdin = None if sys.stdin.isatty() else sys.stdin.buffer
    return run_consul(cluster, arguments, node=node, management=management, stdin=stdin)
