"""provision consul ui"""

from __future__ import annotations

import click

from provision.cli.context import common_options, settings


@click.command("ui")
@click.option("--port", type=int, metavar="PORT", help="On this machine. [default: 8500 or free]")
@click.option("--management", is_flag=True, help="Name the token that may change ACLs too.")
@common_options
@click.argument("node", required=False)
@click.pass_context
def ui(ctx: click.Context, /, node: str | None, port: int | None, management: bool) -> None:
    """Open a tunnel to Consul's web interface on NODE, until interrupted.

    NODE is a node's name or number; the first server if not said.
    """
    from provision.cluster.cluster import Cluster
    from provision.cluster.consul import access
    from provision.cluster.tunnel import tunnel
    from provision.cluster.workspace import workspace

    cluster = Cluster.open(workspace(), settings(ctx).cluster)
    with tunnel(cluster, node, port, access.HTTP_PORT) as (local, client):
        click.echo(f"Consul's web interface: http://127.0.0.1:{local}/ui/")
        if cluster.consul is not None:
            file = access.token_file(cluster, management=management)
            click.echo(f"log in there with the token in {file}")
        click.echo("Ctrl-C closes the tunnel")
        client.wait()
