"""provision node ls"""

from __future__ import annotations

import dataclasses
import json

import click

from provision.cli.context import common_options
from provision.cli.output import table
from provision.cli.working import working


@click.command("ls")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@common_options
@click.pass_context
def ls(ctx: click.Context, /, as_json: bool) -> None:
    """List the nodes: roles, availability, tasks, labels, as swarm and Consul see them."""
    from provision.cluster.nodes.listing import rows
    from provision.cluster.swarm.operation import SwarmOperation

    with working(ctx, SwarmOperation, complete=False, exclusive=False) as work:
        found = rows(work)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(row) for row in found], indent=2))
        return
    table(
        (
            "NODE",
            "ADDRESS",
            "SWARM",
            "STATE",
            "AVAILABILITY",
            "DOCKER",
            "CONSUL",
            "TASKS",
            "LABELS",
        ),
        [
            (
                *(row.name, row.address, row.swarm, row.state, row.availability, row.engine),
                *(row.consul, row.tasks),
                " ".join(f"{key}={value}" for key, value in row.labels.items()),
            )
            for row in found
        ],
    )
