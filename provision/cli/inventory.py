"""provision inventory"""

from __future__ import annotations

import json
from typing import Any

import click

from provision.cli.context import common_options, settings
from provision.cli.sources import default_sources, sources_option
from provision.errors import UsageError, did_you_mean


@click.command("inventory")
@sources_option
@click.option("--list", "mode", flag_value="list", default="list", help="Everything, as JSON.")
@click.option("--graph", "mode", flag_value="graph", help="Groups and hosts as a tree.")
@click.option("--host", metavar="HOST", help="One host's variables, as JSON.")
@common_options
@click.pass_context
def command(ctx: click.Context, /, sources: tuple[str, ...], mode: str, host: str | None) -> None:
    """Show an inventory, in ansible-inventory's JSON."""
    from provision.inventory import load_inventory
    from provision.inventory.export import as_graph, as_list

    inventory = load_inventory(list(sources) or default_sources(settings(ctx)))
    if host is not None:
        if host not in inventory.hosts:
            raise UsageError(
                f"the inventory has no host '{host}'", hint=did_you_mean(host, inventory.hosts)
            )
        _print(inventory.variables(inventory.hosts[host]))
    elif mode == "graph":
        click.echo(as_graph(inventory))
    else:
        _print(as_list(inventory))


def _print(value: Any) -> None:
    click.echo(json.dumps(value, indent=4, default=str))
