"""provision swarm backup, restore"""

from __future__ import annotations

from pathlib import Path

import click

from provision.cli.accept import accept
from provision.cli.context import common_options
from provision.cli.output import steps
from provision.cli.vault_passwords import vault_from, vault_options
from provision.cli.working import working

_FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command("backup")
@click.option("--node", metavar="NODE", help="From this manager. [default: one that follows]")
@vault_options
@_FILE
@common_options
@click.pass_context
def backup(
    ctx: click.Context,
    /,
    file: Path,
    node: str | None,
    vault_files: tuple[str, ...],
    vault_ids: tuple[str, ...],
    ask_vault_pass: bool,
) -> None:
    """Take the swarm's state into FILE: nodes, services, networks, configs, secrets, the CA.

    A manager's Docker stops for that, a few seconds, and its containers with it. FILE is written
    once all of it was read. Whoever has it has the swarm: it is readable by you only, and
    encrypted if a vault password is given (`ansible-vault decrypt` makes it a tar.gz again).
    """
    from provision.cluster.swarm.backup import save
    from provision.cluster.swarm.operation import SwarmOperation

    vault = vault_from(vault_files, vault_ids, ask_vault_pass)
    with working(ctx, SwarmOperation) as work:
        about = save(work, file, node=work.cluster.node(node) if node else None, vault=vault)
        work.settle()
    for line in about.lines():
        click.echo(line)
    sealed = "encrypted" if vault else "not encrypted"
    click.echo(f"backup of cluster {about.cluster} in {file}, {sealed}")


@click.command("restore")
@click.option(
    "--node",
    metavar="NODE",
    help="To this manager. [default: the one with the backup's address, else the first]",
)
@click.option("-y", "--yes", is_flag=True, help="Do it; without, it only says what it would do.")
@vault_options
@_FILE
@common_options
@click.pass_context
def restore(
    ctx: click.Context,
    /,
    file: Path,
    node: str | None,
    yes: bool,
    vault_files: tuple[str, ...],
    vault_ids: tuple[str, ...],
    ask_vault_pass: bool,
) -> None:
    """Make the swarm that is in FILE, on a cluster whose nodes are in no swarm.

    One manager gets the state and leads; the other nodes join it. Refuses as long as one of the
    nodes is in another swarm, or a manager in this one.
    """
    from provision.cluster.swarm.archive import content
    from provision.cluster.swarm.operation import SwarmOperation
    from provision.cluster.swarm.restore import prepare
    from provision.cluster.swarm.restore import restore as put_back

    archive = content(file, vault_from(vault_files, vault_ids, ask_vault_pass))
    with working(ctx, SwarmOperation) as work:
        plan = prepare(work, archive, work.cluster.node(node) if node else None)
        for line in plan.lines():
            click.echo(line)
        accept("Restore it?", yes=yes, hint="--yes restores it")
        put_back(work, archive, plan)
    steps([("provision verify", "prove that it works")])
