"""provision image registry"""

from __future__ import annotations

import click

from provision.cli.context import common_options, settings
from provision.cli.output import say, steps


@click.command("registry")
@click.option(
    "--image",
    metavar="IMAGE",
    help="Its own image, such as registry:2. [default: packed of Debian's docker-registry]",
)
@click.option("--node", metavar="NODE", help="Whose disk holds the images. [default: a manager]")
@click.option("--host", metavar="NAME", help="What nodes call it by. [default: the node's address]")
@click.option("--port", type=click.IntRange(1, 65535), metavar="PORT", help="[default: 5000]")
@common_options
@click.pass_context
def registry(
    ctx: click.Context,
    /,
    image: str | None,
    node: str | None,
    host: str | None,
    port: int | None,
) -> None:
    """Run a registry in the swarm, with TLS, that all nodes trust.

    It answers only those who have a certificate for it, which are the cluster's nodes. Runs
    playbooks/registry.yml; a second run changes nothing, and gives new nodes their certificates.
    """
    from provision.cli.console import console_for
    from provision.cluster.cluster import Cluster
    from provision.cluster.images import registry as own
    from provision.cluster.workspace import workspace

    chosen = settings(ctx)
    cluster = Cluster.open(workspace(), chosen.cluster)
    wanted = own.declare(cluster, node, host, port, image)
    with console_for(chosen.verbosity, chosen.color) as console:
        own.run(cluster, wanted, say, [console] if chosen.verbosity else [])
    click.echo(f"the registry of cluster {cluster.name} is {wanted.address}, on {wanted.node}")
    steps(
        [
            ("provision image push --registry IMAGE", "put an image into it"),
            (f"provision service update --image {wanted.address}/IMAGE SERVICE", "use it"),
        ]
    )
