"""provision service logs"""

from __future__ import annotations

import json

import click

from provision.cli.context import common_options
from provision.cli.swarm_manager import manager


@click.command("logs")
@click.option("-f", "--follow", is_flag=True, help="Go on as more is written.")
@click.option("-n", "--tail", default="all", metavar="N", help="The last N lines of each task.")
@click.option("--since", default="", metavar="TIME", help="10m, or 2026-01-02T13:23:37Z.")
@click.option("-t", "--timestamps", is_flag=True, help="With the time of each line.")
@click.option("--details", is_flag=True, help="With what the log driver adds.")
@click.option("--raw", is_flag=True, help="Lines only, not whose they are.")
@click.option("--json", "as_json", is_flag=True, help="For programs: an object a line.")
@common_options
@click.argument("service")
@click.pass_context
def logs(
    ctx: click.Context,
    /,
    service: str,
    follow: bool,
    tail: str,
    since: str,
    timestamps: bool,
    details: bool,
    raw: bool,
    as_json: bool,
) -> None:
    """Show what the containers of SERVICE (or of a task, by its ID) write.

    What they write to stderr goes to stderr.
    """
    from provision.cluster.workloads.logs import Wanted, lines

    if tail != "all" and not tail.isdecimal():
        raise click.BadParameter(f"'{tail}' is not a number, nor 'all'", param_hint="--tail")
    for line in lines(manager(ctx), service, Wanted(follow, since, tail, timestamps or as_json)):
        if as_json:
            stream = "stderr" if line.error else "stdout"
            record = {"time": line.stamp, **line.record, "stream": stream, "text": line.text}
            click.echo(json.dumps(record))
            continue
        shown = f"{line.details} {line.text}" if details and line.details else line.text
        if timestamps:
            shown = f"{line.stamp} {shown}"
        click.echo(shown if raw else f"{line.source}    | {shown}", err=line.error)
