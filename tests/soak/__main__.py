"""python -m tests.soak: run a soak, or only say what it would do."""

from __future__ import annotations

import json
import math
import random
import tempfile
from pathlib import Path

import click

from tests.soak.cluster import SoakCluster, SoakFailure
from tests.soak.model import KINDS, Limits, beginning
from tests.soak.plan import plan
from tests.soak.run import soak


@click.command()
@click.option("--seed", type=int, help="Of the sequence; a random one if not given.")
@click.option("--operations", type=int, default=50, show_default=True)
@click.option("--nodes", type=int, default=3, show_default=True, help="To begin with.")
@click.option("--most", type=int, default=5, show_default=True, help="Nodes, at most.")
@click.option("--cpus", type=float, default=1, show_default=True)
@click.option("--memory", type=int, default=1024, show_default=True, help="MiB a node.")
@click.option("--driver", default="auto", show_default=True)
@click.option("--kinds", default=",".join(KINDS), help="Of which to choose, with commas between.")
@click.option("--cluster", default="soak", show_default=True, help="Its name.")
@click.option("--folder", type=click.Path(path_type=Path), help="For its state and the log.")
@click.option("--keep", is_flag=True, help="Leave the cluster; it is left after a failure, too.")
@click.option(
    "--resume", type=int, default=0, metavar="N", help="The kept cluster has had the first N."
)
@click.option("--minutes", type=float, help="After that many, begin no further operation.")
@click.option("--plan", "only_plan", is_flag=True, help="Only print the sequence.")
@click.option("--json", "report", type=click.Path(path_type=Path), help="Write what came of it.")
def main(
    seed: int | None,
    operations: int,
    nodes: int,
    most: int,
    kinds: str,
    cluster: str,
    folder: Path | None,
    keep: bool,
    resume: int,
    minutes: float | None,
    only_plan: bool,
    report: Path | None,
    **machines: object,
) -> None:
    """Do random operations to a cluster, one after the other, while writers and services run.

    At the end `provision verify` has to pass and no acknowledged write may be lost. The same
    seed, node counts and kinds give the same sequence.
    """
    chosen = random.SystemRandom().randrange(10_000) if seed is None else seed
    start = beginning(Limits(least=min(3, nodes), most=most), nodes)
    try:
        sequence = plan(chosen, operations, start, [kind.strip() for kind in kinds.split(",")])
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    click.echo(f"seed {chosen}: {operations} operations on {nodes} to {most} nodes")
    for number, operation in enumerate(sequence, 1):
        click.echo(f"{number:4}  {operation}")
    if only_plan:
        return
    where = folder or Path(tempfile.mkdtemp(prefix="provision-soak-"))
    where.mkdir(parents=True, exist_ok=True)
    under_soak = SoakCluster(where, cluster, where / "soak.log")
    click.echo(f"log: {under_soak.log}\n")
    seconds = minutes * 60 if minutes is not None else math.inf
    up = ["up", *(w for key, value in machines.items() for w in (f"--{key}", str(value)))]
    result = None
    try:
        result = soak(
            under_soak, up, chosen, start, sequence, done=resume, seconds=seconds, say=click.echo
        )
        if report is not None:
            report.write_text(json.dumps(result.document(), indent=2) + "\n")
    except SoakFailure as failure:
        raise click.ClickException(f"seed {chosen}: {failure}") from failure
    finally:
        if result is not None and result.passed and not keep:
            under_soak.run("down", "--yes")
    if not result.passed:
        raise click.ClickException(f"seed {chosen}: not everything is as it should be")


if __name__ == "__main__":
    main()
