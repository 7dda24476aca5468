"""provision verify"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from provision.cli.context import common_options, settings
from provision.cli.output import steps

if TYPE_CHECKING:
    from provision.verify.recorder import Proof


@click.command("verify")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("-k", "keyword", metavar="EXPRESSION", help="Only these proofs (pytest's -k).")
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="JUnit XML.")
@click.option(
    "--json", "json_report", type=click.Path(path_type=Path), metavar="FILE", help="JSON."
)
@common_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    paths: tuple[Path, ...],
    keyword: str | None,
    junit: Path | None,
    json_report: Path | None,
) -> int:
    """Prove that the cluster works, with pytest-testinfra.

    PATHS are further test files of your own; they get testinfra's `host` fixture and a
    `cluster` fixture. Exit code 0: all proven; 2: something is not.
    """
    from provision.cluster.verify import verify
    from provision.cluster.workspace import workspace

    chosen = settings(ctx)
    verdict = verify(
        workspace(),
        chosen.cluster,
        keyword=keyword,
        junit=junit,
        json_report=json_report,
        paths=paths,
        tell=_tell,
        tracebacks=chosen.verbosity >= 3,
    )
    failed = [proof for proof in verdict.proofs if proof.outcome == "failed"]
    click.echo()
    if failed:
        count = f"{len(failed)} of {len(verdict.proofs)} proofs do not hold"
        click.secho(f"cluster {chosen.cluster}: {count}", fg="red", bold=True)
        steps([("provision status", "which machines run, and what to do about it")])
    else:
        count = f"all {len(verdict.proofs)} proofs hold"
        click.secho(f"cluster {chosen.cluster}: {count}", fg="green", bold=True)
    return verdict.exit_code


def _tell(proof: Proof) -> None:
    failed = proof.outcome == "failed"
    mark = click.style("FAIL", fg="red") if failed else click.style("ok  ", fg="green")
    node = f"  [{proof.node}]" if proof.node else ""
    click.echo(f"{mark}  {proof.name}{node}")
    for line in proof.message.splitlines():
        click.echo(f"      {line}")
