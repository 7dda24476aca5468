"""provision drill"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from provision.cli.context import common_options, settings
from provision.cli.output import heading, table
from provision.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from provision.cluster.drills.drill import Drill
    from provision.cluster.drills.report import Happening, Report

ALL = "all"


@click.command("drill")
@click.argument("name", required=False, metavar="[DRILL|all]")
@click.option("--list", "listing", is_flag=True, help="Which drills there are.")
@click.option(
    "--node",
    metavar="NAME",
    help="Which node to hit, by name or number; for node-loss, node-reboot, partition.",
)
@click.option(
    "--json",
    "report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report to a file; - for standard output instead of the table.",
)
@common_options
@click.pass_context
def command(
    ctx: click.Context, /, name: str | None, listing: bool, node: str | None, report: Path | None
) -> int:
    """Cause a fault on purpose, watch the recovery, time it, prove that nothing was lost.

    Without DRILL it lists those there are. `all` runs one after the other, up to one that fails.
    Refuses clusters that are not marked `drills: allowed`. What a drill breaks it mends, also
    when it is interrupted. Exit code 0: every proof holds; 2: not so.
    """
    from provision.cluster.drills.registry import DRILLS
    from provision.cluster.drills.run import Watcher, run_drills
    from provision.cluster.workspace import workspace

    if name is None or listing:
        table(("DRILL", ""), [(each.name, each.summary) for each in DRILLS.values()])
        return 0
    chosen = list(DRILLS.values()) if name == ALL else [_find(name, DRILLS)]
    silent = str(report) == "-"
    watcher = Watcher() if silent else Watcher(_begin, _tell, _show)
    done = run_drills(workspace(), settings(ctx).cluster, chosen, node=node, watcher=watcher)
    passed = all(each.passed for each in done)
    document: dict[str, Any] = (
        {"drills": [each.document() for each in done], "passed": passed}
        if name == ALL
        else done[0].document()
    )
    text = json.dumps(document, indent=2)
    if silent:
        click.echo(text)
    elif report is not None:
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(text + "\n", encoding="utf-8")
    if name == ALL and not silent:
        _summary(done, chosen)
    return 0 if passed else 2


def _find(name: str, known: Any) -> Drill:
    if name not in known:
        hint = did_you_mean(name, known) or f"there are: {', '.join(known)}, {ALL}"
        raise UsageError(f"there is no drill '{name}'", hint=hint)
    found: Drill = known[name]
    return found


def _begin(drill: Drill) -> None:
    heading(f"drill {drill.name}")


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


def _summary(done: Sequence[Report], chosen: Sequence[Drill]) -> None:
    reports = {report.drill: report for report in done}
    rows = []
    for drill in chosen:
        report = reports.get(drill.name)
        verdict = "not run" if report is None else "passed" if report.passed else "failed"
        rows.append((drill.name, verdict, f"{report.seconds:.0f} s" if report else ""))
    click.echo()
    table(("DRILL", "", "TIME"), rows)
