"""provision monitoring status"""

from __future__ import annotations

import dataclasses
import json

import click

from provision.cli.context import common_options, settings
from provision.cli.output import heading, table


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@common_options
@click.pass_context
def status(ctx: click.Context, /, as_json: bool) -> int:
    """Show what Prometheus sees: whether every node gives metrics, and which alerts there are.

    Exit code 0: it sees all, and no alert fires; 2: not so.
    """
    from provision.cluster.monitoring import seen
    from provision.cluster.workspace import workspace
    from provision.verify.probes.monitoring import JOBS

    found = seen(workspace(), settings(ctx).cluster)
    if as_json:
        document = {
            "prometheus": found.prometheus.name,
            "well": found.well,
            "targets": found.health,
            "alerts": [dataclasses.asdict(alert) for alert in found.alerts],
        }
        click.echo(json.dumps(document, indent=2))
        return 0 if found.well else 2
    heading(f"Prometheus on {found.prometheus.name}")
    table(
        ("NODE", *(job.upper() for job in JOBS)),
        [(node, *(_word(jobs.get(job)) for job in JOBS)) for node, jobs in found.health.items()],
    )
    for node, jobs in found.health.items():
        for job, wrong in jobs.items():
            if wrong:
                click.echo(f"\n{node}, {job}: {wrong}")
    click.echo()
    if not found.alerts:
        click.echo("no alerts")
    for alert in found.alerts:
        color = "red" if alert.state == "firing" else "yellow"
        mark = click.style(alert.state.ljust(7), fg=color)
        click.echo(f"{mark}  {alert.name} ({alert.severity}): {alert.summary}")
    return 0 if found.well else 2


def _word(wrong: str | None) -> str:
    if wrong is None:
        return "unknown"
    return "down" if wrong else "up"
