"""provision image push"""

from __future__ import annotations

import click

from provision.cli.context import common_options, settings
from provision.cli.output import say
from provision.errors import UsageError


@click.command("push")
@click.option(
    "--nodes",
    "pattern",
    default="all",
    show_default=True,
    metavar="PATTERN",
    help="Which nodes: names, groups, wildcards, as with --limit.",
)
@click.option("-C", "--check", is_flag=True, help="Say which nodes lack it; load nothing.")
@click.option("--force", is_flag=True, help="On nodes that have it too.")
@click.option(
    "--registry", "to_registry", is_flag=True, help="Into the cluster's registry instead."
)
@common_options
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@click.pass_context
def push(
    ctx: click.Context,
    /,
    images: tuple[str, ...],
    pattern: str,
    check: bool,
    force: bool,
    to_registry: bool,
) -> int:
    """Load IMAGEs on the nodes that lack them, without a registry.

    IMAGE is a name on the Docker Engine of this machine (or the one that $DOCKER_HOST names), or
    a file that `docker save` or `provision image pack` wrote. Nodes whose image of that name has
    the same ID are left alone. It is read once and sent to all others at the same time.

    With --registry it goes to one node, whose Engine pushes it into the registry that `provision
    image registry` runs; the others pull it by that name.
    """
    from provision.cluster.cluster import Cluster
    from provision.cluster.images import registry
    from provision.cluster.images.push import nodes_of
    from provision.cluster.images.push import push as bring
    from provision.cluster.images.source import image_source
    from provision.cluster.workspace import workspace

    if to_registry and (check or force or pattern != "all"):
        raise UsageError("--registry goes with neither --nodes, --check nor --force")
    cluster = Cluster.open(workspace(), settings(ctx).cluster)
    nodes = nodes_of(cluster, pattern)
    code = 0
    for source in image_source(images):
        for name, identity in source.images.items():
            say("", f"{name} ({identity.removeprefix('sha256:')[:12]}) from {source.where}")
        if to_registry:
            done = registry.publish(cluster, registry.of(cluster), source, say)
        else:
            done = bring(cluster, source, nodes, say, check=check, force=force)
        for each in done:
            if each.error is not None:
                code = max(code, each.error.exit_code)
                click.echo(click.style("error: ", fg="red") + each.error.render(), err=True)
        if to_registry:
            continue
        counts = [(sum(each.outcome == what for each in done), what) for what in _OUTCOMES]
        click.echo(", ".join(f"{count} {what}" for count, what in counts if count))
    return code


_OUTCOMES = ("loaded", "would be loaded", "there already", "failed")
