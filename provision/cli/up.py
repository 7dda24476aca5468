"""provision up"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from provision.cli.context import Settings, common_options, settings
from provision.cli.output import heading, say, steps, table
from provision.cli.plan import approve
from provision.cli.shape_options import asked_shape, pairs, shape_options
from provision.cli.variables import extra_vars_option, parse_extra_vars


@click.command("up")
@shape_options
@click.option("--driver", metavar="NAME", help="What makes the machines. [default: auto]")
@click.option(
    "--driver-option",
    "driver_options",
    multiple=True,
    metavar="NAME=VALUE",
    help="An option of the driver; may be repeated.",
)
@click.option("--no-baked", is_flag=True, help="Install anew, even where a baked image matches.")
@click.option("--no-install", is_flag=True, help="Only the machines, no Docker and Consul.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before nodes are taken away.")
@click.option(
    "--timeout",
    type=float,
    default=180,
    metavar="SECONDS",
    show_default=True,
    help="How long a leaving node's tasks may take to run elsewhere.",
)
@extra_vars_option
@common_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    driver: str | None,
    driver_options: tuple[str, ...],
    no_baked: bool,
    no_install: bool,
    yes: bool,
    timeout: float,
    extra_vars: tuple[str, ...],
    **asked: Any,
) -> int:
    """Create machines and install Docker and Consul on them.

    Run again it completes what is missing; with more --nodes it grows the cluster, with fewer
    it shrinks it: leaving nodes are drained, leave swarm and Consul, and are destroyed. `plan`
    shows it beforehand.
    """
    from provision.cli.console import console_for
    from provision.cluster.up import up
    from provision.cluster.workspace import workspace

    chosen = settings(ctx)
    with console_for(chosen.verbosity, chosen.color) as console:
        done = up(
            workspace(),
            chosen.cluster,
            asked_shape(asked),
            driver=driver,
            driver_options=pairs(driver_options, "--driver-option"),
            say=say,
            subscribers=[console],
            install=not no_install,
            variables=parse_extra_vars(extra_vars),
            baked=not no_baked,
            approve=partial(approve, yes=yes),
            wait=timeout,
        )
    if done.exit_code:
        return done.exit_code
    _show(chosen, done.cluster.store.ssh_config, done)
    return 0


def _show(chosen: Settings, ssh_config: Path, done: Any) -> None:
    cluster = done.cluster
    click.echo()
    where = f", subnet {cluster.subnet}" if cluster.subnet else ""
    heading(f"cluster {cluster.name}: {len(cluster.nodes)} nodes{where}")
    table(
        ("NODE", "ADDRESS", "ROLES", ""),
        [
            (
                node.name,
                node.address,
                f"{node.swarm}, consul {node.consul}",
                "new" if node.name in done.created else "",
            )
            for node in cluster.nodes
        ],
    )
    if chosen.verbosity:
        for phase, seconds in done.timings.seconds.items():
            click.echo(f"{phase}: {seconds:.1f} s")
    steps(
        [
            ("provision bootstrap", "form the Consul cluster and the swarm"),
            ("provision verify", "prove that it works"),
            (f"ssh -F {_short(ssh_config)} {cluster.nodes[0].name}", "a shell on a node"),
        ]
    )


def _short(path: Path) -> Path:
    """The path as one would type it from here."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
