"""provision bootstrap"""

from __future__ import annotations

import click

from provision.cli.context import common_options, settings
from provision.cli.output import heading, say, steps
from provision.cli.variables import extra_vars_option, parse_extra_vars


@click.command("bootstrap")
@click.argument("what", type=click.Choice(["consul", "swarm", "both"]), default="both")
@click.option("--check", is_flag=True, help="Say what would change; change nothing.")
@click.option(
    "--insecure-consul/--secure-consul",
    default=None,
    help="Consul without TLS and ACLs, for throw-away labs. [default: as `up` said]",
)
@click.option(
    "--autolock/--no-autolock",
    default=None,
    help="Whether a manager that restarts needs the swarm's key. [default: as it is]",
)
@click.option(
    "--drain-managers/--no-drain-managers",
    default=None,
    help="Whether managers are to run no tasks. [default: as before]",
)
@extra_vars_option
@common_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    what: str,
    check: bool,
    extra_vars: tuple[str, ...],
    **declared: bool | None,
) -> int:
    """Form the Consul cluster and the Docker Swarm.

    WHAT is consul, swarm, or both (the default). Ends when probes show that what was formed
    works. On a formed cluster it changes nothing.
    """
    from provision.cli.console import console_for
    from provision.cluster.bootstrap import bootstrap
    from provision.cluster.workspace import workspace

    chosen = settings(ctx)
    parts = ("consul", "swarm") if what == "both" else (what,)
    with console_for(chosen.verbosity, chosen.color) as console:
        done = bootstrap(
            workspace(),
            chosen.cluster,
            parts,
            subscribers=[console],
            check=check,
            declared=declared,
            variables=parse_extra_vars(extra_vars),
            say=say,
        )
    if done.exit_code:
        return done.exit_code
    click.echo()
    for part, run in done.runs.items():
        changed = sum(tally.changed for tally in run.recap.values())
        would = "would change" if check else "changed"
        heading(f"{part}: {'would form' if check and changed else 'formed'}, {changed} {would}")
    steps([("provision verify", "prove that it works")])
    return 0
