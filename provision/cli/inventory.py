"""provision inventory"""

from __future__ import annotations

import json
from typing import Any

import click

from provision.cli.context import Settings, common_options, settings
from provision.errors import UsageError, did_you_mean


@click.command("inventory")
@click.option(
    "-i",
    "--inventory",
    "sources",
    multiple=True,
    metavar="SOURCE",
    help="File, folder, script or 'host1,host2,'. [default: the cluster's]",
)
@click.option("--list", "mode", flag_value="list", default="list", help="Everything, as JSON.")
@click.option("--graph", "mode", flag_value="graph", help="Groups and hosts as a tree.")
@click.option("--host", metavar="HOST", help="One host's variables, as JSON.")
@common_options
@click.pass_context
def command(ctx: click.Context, /, sources: tuple[str, ...], mode: str, host: str | None) -> None:
    """Show an inventory, in ansible-inventory's JSON."""
    from provision.inventory import load_inventory

    inventory = load_inventory(list(sources) or cluster_source(settings(ctx)))
    if host is not None:
        if host not in inventory.hosts:
            raise UsageError(
                f"the inventory has no host '{host}'", hint=did_you_mean(host, inventory.hosts)
            )
        _print(inventory.variables(inventory.hosts[host]))
    elif mode == "graph":
        click.echo(inventory.to_graph())
    else:
        _print(inventory.to_list())


def cluster_source(chosen: Settings) -> list[str]:
    """The current cluster's inventory file.

    Raises:
        UsageError: there is no such cluster.
    """
    from provision.cluster.cluster import Cluster
    from provision.cluster.workspace import workspace

    return [str(Cluster.open(workspace(), chosen.cluster).store.inventory)]


def _print(value: Any) -> None:
    click.echo(json.dumps(value, indent=4, default=str))
