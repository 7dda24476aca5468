"""provision consul upgrade"""

from __future__ import annotations

from pathlib import Path

import click

from provision.cli.consul.working import working
from provision.cli.context import common_options
from provision.cli.output import table
from provision.errors import UsageError


@click.command("upgrade")
@click.option("--version", "version", metavar="VERSION", help="Which release.")
@click.option("--mirror", metavar="URL", help="Take the release from here.")
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take this instead: the release's zip, or the program.",
)
@common_options
@click.pass_context
def upgrade(
    ctx: click.Context, /, version: str | None, mirror: str | None, file: Path | None
) -> None:
    """Bring another version of Consul to the nodes, one after another.

    A snapshot is taken first. Followers come first, each waited for until it has caught up; the
    leader comes last of the servers; then come clients. With --file, --version is what it has to
    turn out to be.
    """
    from provision.cluster.consul.upgrade import upgrade as run

    if not (version or file):
        raise UsageError("upgrade to what?", hint="--version VERSION, or --file PATH")
    if file and mirror:
        raise UsageError("--file and --mirror exclude each other")
    source = "file" if file else "mirror" if mirror else "release"
    variables: dict[str, object] = {"consul_source": source}
    variables |= {"consul_version": version} if version else {}
    variables |= {"consul_mirror_url": mirror} if mirror else {}
    variables |= {"consul_file": str(file.absolute())} if file else {}
    with working(ctx) as work:
        found = run(work, variables)
    table(("NODE", "CONSUL"), list(found.items()))
