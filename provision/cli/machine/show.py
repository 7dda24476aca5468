"""provision machine ls, ip, url, active, status, inspect, version"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from provision.cli.context import common_options, settings
from provision.cli.machine.named import NAME, NAMES, one, several
from provision.cli.output import table
from provision.errors import UsageError

if TYPE_CHECKING:
    from provision.cluster.machine.found import Found
    from provision.cluster.machine.view import Row

_COLUMNS = {
    "NAME": "Name",
    "ACTIVE": "Active",
    "DRIVER": "DriverName",
    "STATE": "State",
    "URL": "URL",
    "CLUSTER": "Cluster",
    "DOCKER": "DockerVersion",
    "ERRORS": "Error",
}


@click.command("ls")
@click.option("-q", "--quiet", is_flag=True, help="Names only.")
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="KEY=VALUE",
    help="driver, state, name (regular expression), label or cluster. Repeatable.",
)
@click.option("-f", "--format", "template", metavar="TEMPLATE", help="A Go template: {{.Name}} ...")
@click.option("-t", "--timeout", type=float, default=10, show_default=True, help="Seconds.")
@common_options
@click.pass_context
def ls(
    ctx: click.Context,
    /,
    quiet: bool,
    filters: tuple[str, ...],
    template: str | None,
    timeout: float,
) -> None:
    """List machines, of all clusters or of --cluster."""
    from provision.cluster.machine.view import rows

    found = _filtered(ctx, filters)
    if quiet:
        for machine in found:
            click.echo(machine.name)
        return
    lines = rows(found, timeout=timeout)
    if template is not None:
        _templated(lines, template)
        return
    table(
        tuple(_COLUMNS),
        [tuple(row.fields()[field] for field in _COLUMNS.values()) for row in lines],
    )


def _filtered(ctx: click.Context, filters: Sequence[str]) -> list[Found]:
    from provision.cluster.machine.found import every
    from provision.cluster.machine.view import filtered
    from provision.cluster.workspace import workspace

    chosen = settings(ctx)
    return filtered(every(workspace(), chosen.cluster if chosen.named else None), filters)


def _templated(lines: Sequence[Row], template: str) -> None:
    from provision.cluster.machine.go_template import aligned, render

    bare = template.removeprefix("table ")
    shown = [render(bare, row.fields()) for row in lines]
    if bare != template:
        names = {field: title for title, field in _COLUMNS.items()}
        known = lines[0].fields() if lines else names
        shown = [render(bare, {field: names.get(field, field.upper()) for field in known}), *shown]
        shown = aligned(shown)
    for line in shown:
        click.echo(line)


@click.command("ip")
@NAMES
@common_options
@click.pass_context
def ip(ctx: click.Context, /, names: tuple[str, ...]) -> None:
    """Print machines' addresses, one a line."""
    from provision.cluster.engine_address import engine_address

    for machine in several(ctx, names):
        click.echo(engine_address(machine.endpoint))


@click.command("url")
@click.option("-t", "--timeout", type=float, hidden=True)
@NAME
@common_options
@click.pass_context
def url(ctx: click.Context, /, name: str | None, timeout: float | None) -> None:
    """Print the address of a machine's Docker Engine, as DOCKER_HOST has it."""
    from provision.cluster.engine_address import engine_url

    click.echo(engine_url(one(ctx, name).endpoint))


@click.command("active")
@click.option("-t", "--timeout", type=float, hidden=True)
@common_options
@click.pass_context
def active(ctx: click.Context, /, timeout: float | None) -> int:
    """Print the machine that docker talks to in this shell (DOCKER_HOST, DOCKER_CONTEXT)."""
    from provision.cluster.machine.view import is_active

    for machine in _filtered(ctx, ()):
        if is_active(machine):
            click.echo(machine.name)
            return 0
    click.echo("No active machine found", err=True)
    return 1


@click.command("status")
@NAME
@common_options
@click.pass_context
def status(ctx: click.Context, /, name: str | None) -> None:
    """Print a machine's state: Running, Stopped, Error or Not Found."""
    from provision.cluster.machine.view import state

    word, detail = state(one(ctx, name))
    click.echo(word)
    if detail:
        click.echo(detail, err=True)


@click.command("inspect")
@click.option("-f", "--format", "template", metavar="TEMPLATE", help="A Go template.")
@NAME
@common_options
@click.pass_context
def inspect(ctx: click.Context, /, name: str | None, template: str | None) -> None:
    """Print all that is known of a machine, as JSON or by a template."""
    from provision.cluster.machine.go_template import render
    from provision.cluster.machine.view import inspection

    document = inspection(one(ctx, name))
    click.echo(render(template, document) if template else json.dumps(document, indent=4))


@click.command("version")
@NAME
@common_options
@click.pass_context
def version(ctx: click.Context, /, name: str | None) -> None:
    """Print the version of a machine's Docker; without a machine provision's own."""
    from provision import __version__
    from provision.cluster.engines import answer_over_tls

    try:
        machine = one(ctx, name)
    except UsageError:
        if name is not None:
            raise
        click.echo(f"provision {__version__}")
        return
    click.echo(answer_over_tls(machine.cluster, machine.name, "/version")["Version"])
