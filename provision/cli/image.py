"""provision image"""

from __future__ import annotations

from pathlib import Path

import click

from provision.cli.context import common_options
from provision.cli.output import say, steps


@click.group("image")
@common_options
def command() -> None:
    """Make what machines start from."""


@command.command("box")
@click.option(
    "--provider",
    type=click.Choice(["libvirt", "virtualbox"]),
    help="For which hypervisor. [default: virtualbox where VBoxManage is, else libvirt]",
)
@click.option("--release", default="bookworm", show_default=True, help="Debian's codename.")
@click.option("--disk", type=int, default=10, show_default=True, metavar="GIB")
@click.option("--include", multiple=True, metavar="PACKAGE", help="One more Debian package.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="[default: RELEASE-PROVIDER.box]",
)
@common_options
def box(
    provider: str | None, release: str, disk: int, include: tuple[str, ...], output: Path | None
) -> int:
    """Make a Vagrant box from the Debian packages of this host's own mirror.

    Nothing is downloaded but packages; equal packages make an equal root, whose hash is printed.
    """
    import shutil

    from provision.machines.vagrant_box import Box, build

    provider = provider or ("virtualbox" if shutil.which("VBoxManage") else "libvirt")
    file = output or Path(f"{release}-{provider}.box")
    digest = build(Box(provider, release, disk, include), file.absolute(), say)
    click.echo(f"{file}: {file.stat().st_size >> 20} MiB, root sha256 {digest}")
    steps([(f"provision up --driver vagrant --image {file}", "machines of it")])
    return 0
