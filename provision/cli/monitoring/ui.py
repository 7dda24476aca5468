"""provision monitoring ui"""

from __future__ import annotations

import click

from provision.cli.context import common_options, settings


@click.command("ui")
@click.option("--port", type=int, metavar="PORT", help="On this machine. [default: 9090 or free]")
@common_options
@click.pass_context
def ui(ctx: click.Context, /, port: int | None) -> None:
    """Open a tunnel to Prometheus's web interface, until interrupted.

    Prometheus listens on its node's loopback only.
    """
    from provision.cluster.cluster import Cluster
    from provision.cluster.monitoring import prometheus_of
    from provision.cluster.tunnel import tunnel
    from provision.cluster.workspace import workspace
    from provision.verify.probes.monitoring import PORT

    cluster = Cluster.open(workspace(), settings(ctx).cluster)
    node = prometheus_of(cluster)
    with tunnel(cluster, node.name, port, PORT) as (local, client):
        click.echo(f"Prometheus's web interface: http://127.0.0.1:{local}/alerts")
        click.echo("Ctrl-C closes the tunnel")
        client.wait()
