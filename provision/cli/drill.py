"""provision drill"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provision.cli.context import common_options, settings
from provision.cli.output import heading, table
from provision.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from provision.cluster.drills.report import Happening, Report


@click.command("drill")
@click.argument("name", required=False, metavar="[DRILL]")
@click.option(
    "--json",
    "report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report to a file; - for standard output instead of the table.",
)
@common_options
@click.pass_context
def command(ctx: click.Context, /, name: str | None, report: Path | None) -> int:
    """Cause a fault on purpose, watch the recovery, time it, prove that nothing was lost.

    Without DRILL it lists those there are. Refuses clusters that are not marked `drills: allowed`.
    Exit code 0: every proof holds; 2: not so.
    """
    from provision.cluster.drills.registry import DRILLS
    from provision.cluster.drills.run import run_drill
    from provision.cluster.workspace import workspace

    if name is None:
        table(("DRILL", ""), [(each.name, each.summary) for each in DRILLS.values()])
        return 0
    if name not in DRILLS:
        hint = did_you_mean(name, DRILLS) or f"there are: {', '.join(DRILLS)}"
        raise UsageError(f"there is no drill '{name}'", hint=hint)
    silent = str(report) == "-"
    tell = _quiet if silent else _tell
    done = run_drill(workspace(), settings(ctx).cluster, DRILLS[name], tell=tell)
    document = json.dumps(done.document(), indent=2)
    if silent:
        click.echo(document)
    else:
        _show(done)
        if report is not None:
            report.parent.mkdir(parents=True, exist_ok=True)
            report.write_text(document + "\n", encoding="utf-8")
    return 0 if done.passed else 2


def _quiet(happening: Happening) -> None:
    """The document says it all."""


def _tell(happening: Happening) -> None:
    click.echo(f"{happening.seconds:6.1f} s  {happening.what}")


def _show(report: Report) -> None:
    click.echo()
    rows = []
    for figure in report.figures:
        floor = f"{figure.floor:.1f} s" if figure.floor is not None else ""
        rows.append((figure.what, f"{figure.seconds:.1f} s", floor, figure.why))
    table(("MEASURED", "TIME", "NOT BELOW", "BECAUSE OF"), rows)
    click.echo()
    for proof in report.proofs:
        good = not proof.findings
        mark = click.style("ok  ", fg="green") if good else click.style("FAIL", fg="red")
        click.echo(f"{mark}  {proof.claim}")
        for finding in proof.findings:
            click.echo(f"      {finding}")
    click.echo()
    verdict = "passed" if report.passed else "failed"
    heading(
        f"drill {report.drill} on cluster {report.cluster}: {verdict} in {report.seconds:.0f} s"
    )
