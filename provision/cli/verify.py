"""provision verify"""

from __future__ import annotations

from pathlib import Path

import click

from provision.cli.context import common_options, settings
from provision.cli.output import heading, table


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
        verbosity=chosen.verbosity,
        color=chosen.colored,
    )
    failed = [proof for proof in verdict.proofs if proof.outcome == "failed"]
    if failed:
        click.echo()
        heading("not proven:")
        table(("PROOF", "NODE"), [(proof.name, proof.host or "cluster") for proof in failed])
    else:
        click.secho(f"cluster {chosen.cluster}: {len(verdict.proofs)} proofs hold", fg="green")
    return verdict.exit_code
