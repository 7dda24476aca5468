"""provision image ls, node, bake, rm, prune, box"""

from __future__ import annotations

from pathlib import Path

import click

from provision.cli.context import common_options, settings
from provision.cli.output import say, steps, table
from provision.cli.variables import extra_vars_option, parse_extra_vars


@click.command("ls")
@common_options
def ls() -> int:
    """List the node images, and what is kept of downloaded packages."""
    from provision.cluster.packages.sharing import package_store
    from provision.machines.baked_image import node_images
    from provision.machines.docker.engine import Engine

    table(
        ("IMAGE", "SIZE", "CREATED", "MADE FROM", "MACHINES"),
        [
            (
                image.name,
                f"{image.size >> 20} MiB",
                image.created[:16].replace("T", " "),
                image.base or "Debian packages",
                len(image.machines),
            )
            for image in node_images(Engine())
        ],
    )
    click.echo(f"packages kept for nodes: {package_store().size >> 20} MiB")
    return 0


@click.command("node")
@click.option("--release", default="bookworm", show_default=True, help="Debian's codename.")
@common_options
def node(release: str) -> int:
    """Make the image that container nodes start from, unless it is there; `up` does so too."""
    from provision.machines.docker.engine import Engine
    from provision.machines.node_image import NodeImages

    click.echo(NodeImages(Engine()).ensure(release, say))
    return 0


@click.command("bake")
@click.option("--release", default="bookworm", show_default=True, help="Debian's codename.")
@click.option("--force", is_flag=True, help="Anew, even where it is there: for newer packages.")
@extra_vars_option
@common_options
@click.pass_context
def bake(ctx: click.Context, /, release: str, force: bool, extra_vars: tuple[str, ...]) -> int:
    """Make a node image with Docker and Consul in it, by the play that `up` runs.

    `up` takes it where it was made of the same playbooks, templates and --extra-vars on the same
    node image, and runs the play all the same. Nothing that is a node's own is in it: no keys, no
    certificates, no machine-id, no logs.
    """
    from provision.cli.console import console_for
    from provision.cluster.images.bake import bake as make

    chosen = settings(ctx)
    with console_for(chosen.verbosity, chosen.color) as console:
        done = make(
            release,
            say=say,
            subscribers=[console],
            variables=parse_extra_vars(extra_vars),
            force=force,
        )
    if done.image is None:
        return done.exit_code
    was = "made" if done.made else "is there already (--force makes it anew)"
    click.echo(f"{done.image.name}, {done.image.size >> 20} MiB: {was}")
    steps([("provision up", "machines of it")])
    return 0


@click.command("rm")
@click.argument("images", nargs=-1, required=True)
@common_options
def rm(images: tuple[str, ...]) -> int:
    """Remove node images that no machine is made from."""
    from provision.machines.baked_image import remove
    from provision.machines.docker.engine import Engine

    remove(Engine(), images)
    for image in images:
        click.echo(f"{image}: removed")
    return 0


@click.command("prune")
@common_options
def prune() -> int:
    """Remove all node images that no machine is made from, and the packages kept for nodes."""
    from provision.cluster.packages.sharing import package_store
    from provision.machines.baked_image import node_images, remove
    from provision.machines.docker.engine import Engine

    engine = Engine()
    if engine.problem() is None:
        found = node_images(engine)
        # Engines before 23 keep the base of an image that machines are made from.
        needed = {image.base for image in found if image.machines}
        unused = [i.name for i in found if not i.machines and i.name not in needed]
        remove(engine, unused)
        for name in unused:
            click.echo(f"{name}: removed")
    click.echo(f"packages: {package_store().prune(limit=0) >> 20} MiB removed")
    return 0


@click.command("box")
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

    from provision.machines.vagrant.box import Box, build

    provider = provider or ("virtualbox" if shutil.which("VBoxManage") else "libvirt")
    file = output or Path(f"{release}-{provider}.box")
    digest = build(Box(provider, release, disk, include), file.absolute(), say)
    click.echo(f"{file}: {file.stat().st_size >> 20} MiB, root sha256 {digest}")
    steps([(f"provision up --driver vagrant --image {file}", "machines of it")])
    return 0
