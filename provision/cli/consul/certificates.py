"""provision consul certificates"""

from __future__ import annotations

from pathlib import Path

import click

from provision.cli.context import common_options


@click.command("certificates")
@click.option(
    "-i",
    "--inventory",
    "sources",
    multiple=True,
    required=True,
    metavar="SOURCE",
    help="Whose consul_servers; may be repeated.",
)
@common_options
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def certificates(folder: Path, sources: tuple[str, ...]) -> None:
    """Make certificates in FOLDER for the servers of an inventory.

    For playbooks/consul.yml on servers that `provision up` did not make or adopt: set
    consul_tls_files to FOLDER. What is there and still good is kept; the authority's key stays on
    this machine.
    """
    from provision.cluster.consul.certificates import issue_for_inventory

    issued = issue_for_inventory(folder, sources)
    click.echo(f"made for: {', '.join(issued)}" if issued else "all of them are good")
    click.echo(f"consul_tls_files: {folder.absolute()}")
