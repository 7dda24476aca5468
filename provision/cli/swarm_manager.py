"""What the commands about stacks and services have in common."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from provision.cli.context import settings
from provision.cli.output import table

if TYPE_CHECKING:
    from provision.agent.engine_api import Engine
    from provision.cluster.workloads.change import Waiting

F = TypeVar("F", bound=Callable[..., Any])
SHORT_ID = 12

json_option = click.option("--json", "as_json", is_flag=True, help="For programs.")
no_trunc_option = click.option("--no-trunc", is_flag=True, help="Show IDs and errors in full.")
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Only IDs.")
filter_option = click.option(
    "-f",
    "--filter",
    "filters",
    multiple=True,
    metavar="KEY=VALUE",
    help="Only these, by the Engine's filters: name, id, label, mode, node, desired-state.",
)
registry_auth_option = click.option(
    "--with-registry-auth", is_flag=True, help="Give the nodes your login to the registry."
)


def waiting_options(function: F) -> F:
    """Add --detach and --timeout."""
    for option in (
        click.option(
            "--timeout",
            type=click.FloatRange(min=1),
            default=300.0,
            show_default=True,
            metavar="SECONDS",
            help="How long to wait for the tasks.",
        ),
        click.option("-d", "--detach", is_flag=True, help="Do not wait for the tasks."),
    ):
        function = option(function)
    return function


def manager(ctx: click.Context) -> Engine:
    """The Engine of a manager of the chosen cluster."""
    from provision.cluster.cluster import Cluster
    from provision.cluster.engines import manager_of
    from provision.cluster.workspace import workspace

    return manager_of(Cluster.open(workspace(), settings(ctx).cluster))[1]


def waiting(detach: bool, timeout: float) -> Waiting:
    """As the options say."""
    from provision.cluster.workloads.change import Waiting

    return Waiting(None if detach else timeout, click.echo)


def show_services(engine: Engine, filters: dict[str, list[str]], quiet: bool, as_json: bool) -> int:
    """As `docker service ls`."""
    from provision.cluster.engines import refusals
    from provision.cluster.workloads import listing

    with refusals():
        rows = listing.services(engine, filters)
    if as_json:
        return show_json(rows)
    if quiet:
        return show_lines([row.id[:SHORT_ID] for row in rows])
    table(
        ("ID", "NAME", "MODE", "REPLICAS", "IMAGE", "PORTS"),
        [(r.id[:SHORT_ID], r.name, r.mode, r.replicas, r.image, r.ports) for r in rows],
    )
    return 0


def show_tasks(
    engine: Engine, filters: dict[str, list[str]], no_trunc: bool, quiet: bool, as_json: bool
) -> int:
    """As `docker service ps`."""
    from provision.cluster.engines import refusals
    from provision.cluster.workloads import listing

    with refusals():
        rows = listing.tasks(engine, filters)
    if as_json:
        return show_json(rows)
    length = None if no_trunc else SHORT_ID
    if quiet:
        return show_lines([row.id[:length] for row in rows])
    table(
        ("ID", "NAME", "IMAGE", "NODE", "DESIRED STATE", "CURRENT STATE", "ERROR", "PORTS"),
        [
            (
                row.id[:length],
                f" \\_ {row.name}" if row.earlier else row.name,
                row.image,
                row.node,
                row.desired.capitalize(),
                f"{row.state.capitalize()} {row.since}",
                _shortened(row.error, no_trunc),
                row.ports,
            )
            for row in rows
        ],
    )
    return 0


def show_json(rows: Sequence[Any]) -> int:
    """Rows for programs."""
    import dataclasses

    click.echo(json.dumps([dataclasses.asdict(row) for row in rows], indent=2))
    return 0


def show_lines(lines: Sequence[str]) -> int:
    for line in lines:
        click.echo(line)
    return 0


def _shortened(error: str, no_trunc: bool) -> str:
    if not error:
        return ""
    text = error if no_trunc or len(error) <= 30 else f"{error[:29]}…"
    return f'"{text}"'
