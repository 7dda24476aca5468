"""provision service ls, ps, inspect"""

from __future__ import annotations

import json

import click

from provision.cli.context import common_options
from provision.cli.swarm_manager import (
    filter_option,
    json_option,
    manager,
    no_trunc_option,
    quiet_option,
    show_services,
    show_tasks,
)


@click.command("ls")
@filter_option
@quiet_option
@json_option
@common_options
@click.pass_context
def ls(ctx: click.Context, /, filters: tuple[str, ...], quiet: bool, as_json: bool) -> int:
    """List the services."""
    from provision.cluster.workloads.listing import filters_of

    query = filters_of(filters)
    return show_services(manager(ctx), query, quiet, as_json)


@click.command("ps")
@filter_option
@no_trunc_option
@quiet_option
@json_option
@common_options
@click.argument("services", nargs=-1, required=True)
@click.pass_context
def ps(
    ctx: click.Context,
    /,
    services: tuple[str, ...],
    filters: tuple[str, ...],
    no_trunc: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """List the tasks of SERVICES, the newest of each first."""
    from provision.cluster.engines import refusals
    from provision.cluster.workloads.listing import filters_of, find_service

    query = filters_of(filters)
    engine = manager(ctx)
    with refusals():
        query["service"] = [find_service(engine, name)["ID"] for name in services]
    return show_tasks(engine, query, no_trunc, quiet, as_json)


@click.command("inspect")
@common_options
@click.argument("services", nargs=-1, required=True)
@click.pass_context
def inspect(ctx: click.Context, /, services: tuple[str, ...]) -> None:
    """Print SERVICES as the Engine tells them, as JSON."""
    from provision.cluster.engines import refusals
    from provision.cluster.workloads.listing import find_service

    engine = manager(ctx)
    with refusals():
        found = [find_service(engine, name) for name in services]
    click.echo(json.dumps(found, indent=4))
