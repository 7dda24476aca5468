"""provision monitoring install"""

from __future__ import annotations

import click

from provision.cli.consul.working import working
from provision.cli.context import common_options, settings
from provision.cli.output import steps


@click.command("install")
@common_options
@click.argument("node", required=False)
@click.pass_context
def install(ctx: click.Context, /, node: str | None) -> None:
    """Have every node give metrics, and Prometheus on NODE collect them.

    NODE is a node's name or number; where Prometheus runs already, else the first Consul server,
    if not said. The engines restart for it the first time, one after another. Run it again after
    nodes came or went.
    """
    from provision.cluster.monitoring import install as run

    name = settings(ctx).cluster
    with working(ctx) as work:
        chosen = run(work, node)
    click.echo(f"cluster {name}: Prometheus on {chosen.name} gets metrics of every node")
    steps(
        [
            ("provision monitoring status", "what it sees, and which alerts fire"),
            ("provision monitoring ui", "its web interface, through a tunnel"),
        ]
    )
