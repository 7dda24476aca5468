"""provision deploy ls, services, ps"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from provision.cli.context import common_options
from provision.cli.output import table
from provision.cli.swarm_manager import (
    filter_option,
    json_option,
    manager,
    no_trunc_option,
    quiet_option,
    show_json,
    show_services,
    show_tasks,
)

if TYPE_CHECKING:
    from provision.agent.engine_api import Engine


@click.command("ls")
@json_option
@common_options
@click.pass_context
def ls(ctx: click.Context, /, as_json: bool) -> int:
    """List the stacks."""
    from provision.cluster.engines import refusals
    from provision.cluster.workloads import listing

    with refusals():
        rows = listing.stacks(manager(ctx))
    if as_json:
        return show_json(rows)
    table(("NAME", "SERVICES"), [(row.name, row.services) for row in rows])
    return 0


@click.command("services")
@filter_option
@quiet_option
@json_option
@common_options
@click.argument("stack")
@click.pass_context
def services(
    ctx: click.Context, /, stack: str, filters: tuple[str, ...], quiet: bool, as_json: bool
) -> int:
    """List the services of STACK."""
    engine, query = _of(ctx, stack, filters)
    return show_services(engine, query, quiet, as_json)


@click.command("ps")
@filter_option
@no_trunc_option
@quiet_option
@json_option
@common_options
@click.argument("stack")
@click.pass_context
def ps(
    ctx: click.Context,
    /,
    stack: str,
    filters: tuple[str, ...],
    no_trunc: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """List the tasks of STACK, the newest of each first."""
    engine, query = _of(ctx, stack, filters)
    return show_tasks(engine, query, no_trunc, quiet, as_json)


def _of(
    ctx: click.Context, stack: str, filters: tuple[str, ...]
) -> tuple[Engine, dict[str, list[str]]]:
    """The manager, and the filters that find what is of a stack."""
    from provision.cluster.engines import refusals
    from provision.cluster.workloads import listing, stacks

    query = listing.filters_of(filters)
    query.setdefault("label", []).extend(stacks.filter_of(stack)["label"])
    engine = manager(ctx)
    with refusals():
        listing.require_stack(engine, stack)
    return engine, query
