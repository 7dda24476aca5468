"""provision ssh"""

from __future__ import annotations

import os
import shutil

import click

from provision.cli.context import common_options, settings
from provision.errors import UsageError, did_you_mean


@click.command("ssh", context_settings={"ignore_unknown_options": True})
@click.option("-L", "forwards", multiple=True, metavar="SPEC", help="Forward a port, as ssh does.")
@common_options
@click.argument("node")
@click.argument("remote", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def command(
    ctx: click.Context, /, node: str, remote: tuple[str, ...], forwards: tuple[str, ...]
) -> None:
    """Open a shell on NODE, or run a command there.

    NODE may be a node's name or its number. The exit code is the command's.
    """
    from provision.cluster.cluster import Cluster
    from provision.cluster.workspace import workspace

    cluster = Cluster.open(workspace(), settings(ctx).cluster)
    if node.isdigit():
        node = f"{cluster.name}-node-{node}"
    if node not in cluster.endpoints:
        known = sorted(cluster.endpoints)
        raise UsageError(
            f"cluster '{cluster.name}' has no node '{node}'",
            hint=did_you_mean(node, known) or f"there are: {', '.join(known) or 'none'}",
        )
    client = shutil.which("ssh")
    if client is None:
        raise UsageError("there is no ssh client here", hint="apt-get install openssh-client")
    tunnels = [word for spec in forwards for word in ("-L", spec)]
    os.execv(client, [client, "-F", str(cluster.store.ssh_config), *tunnels, node, *remote])
