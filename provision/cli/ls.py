"""provision ls"""

from __future__ import annotations

import click

from provision.cli.context import common_options
from provision.cli.output import table


@click.command("ls")
@common_options
def command() -> None:
    """List clusters and their nodes."""
    from provision.cluster.cluster import Cluster
    from provision.cluster.status import node_rows
    from provision.cluster.workspace import workspace
    from provision.machines.store import ClusterStore

    place = workspace()
    rows = []
    for name in ClusterStore.names(place):
        cluster = Cluster.open(place, name)
        rows += [
            (name, node.name, node.address, node.state, cluster.driver.name, node.roles)
            for node in node_rows(cluster)
        ]
    if not rows:
        click.echo(f"no clusters in {place}; `provision up` makes one")
        return
    table(("CLUSTER", "NODE", "ADDRESS", "STATE", "DRIVER", "ROLES"), rows)
