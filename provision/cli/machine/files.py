"""provision machine ssh, scp, mount"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provision.cli.context import common_options
from provision.cli.machine.named import one
from provision.errors import UsageError

if TYPE_CHECKING:
    from provision.cluster.machine.found import Found


@click.command(
    "ssh", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
@click.option("-L", "forwards", multiple=True, metavar="SPEC", help="Forward a port, as ssh does.")
@common_options
@click.argument("name")
@click.argument("remote", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def ssh(
    ctx: click.Context, /, name: str, remote: tuple[str, ...], forwards: tuple[str, ...]
) -> int:
    """Open a shell on a machine, or run a command there; its exit code is the command's.

    NAME may be a machine's name, or its number in the cluster.
    """
    from provision.cluster.reach import shell

    return shell(one(ctx, name), [word for spec in forwards for word in ("-L", spec)], remote)


@click.command("scp")
@click.option("-r", "--recursive", is_flag=True, help="Folders with all that is in them.")
@click.option(
    "-d", "--delta", is_flag=True, help="Send only what differs; needs rsync here and there."
)
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@common_options
@click.argument("source")
@click.argument("target")
@click.pass_context
def scp(
    ctx: click.Context, /, source: str, target: str, recursive: bool, delta: bool, quiet: bool
) -> int:
    """Copy files: SOURCE and TARGET are paths here or MACHINE:PATH, also both on machines."""
    from provision.cluster.machine.transfer import copying
    from provision.cluster.reach import run

    machines: list[Found] = []

    def find(name: str) -> Found:
        machines.append(one(ctx, name))
        return machines[-1]

    with copying(find, source, target, recursive=recursive, quiet=quiet, delta=delta) as command:
        return run(machines, command)


@click.command("mount")
@click.option("-u", "--unmount", is_flag=True, help="End the mount.")
@common_options
@click.argument("source", metavar="NAME:PATH")
@click.argument("folder", required=False)
@click.pass_context
def mount(ctx: click.Context, /, source: str, folder: str | None, unmount: bool) -> int:
    """Mount a machine's folder here with sshfs. FOLDER is the same path if not said."""
    from provision.cluster.machine.transfer import mounting, remote, unmounting

    place = remote(source)
    if place is None:
        raise UsageError(
            f"{source!r} names no machine", hint="provision machine mount NAME:/path ."
        )
    name, path = place
    machine = one(ctx, name)
    here = Path(folder or path)
    command = unmounting(here) if unmount else mounting(machine, path, here)
    return subprocess.run(command, check=False).returncode
