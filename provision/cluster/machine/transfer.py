"""Files to and from machines: command lines for scp, rsync and sshfs."""

from __future__ import annotations

import re
import shlex
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from provision.cluster.machine.found import Found
from provision.errors import UsageError

# A colon after a slash belongs to a local path, as with scp.
_REMOTE = re.compile(r"(?:(?P<user>[^@/:]+)@)?(?P<machine>[^/:@]+):(?P<path>.*)", re.DOTALL)

Find = Callable[[str], Found]


@contextmanager
def copying(
    find: Find, source: str, target: str, *, recursive: bool, quiet: bool, delta: bool
) -> Iterator[list[str]]:
    """The command that copies; valid inside the block.

    Parameters:
        find: gives a machine by its name.
        source, target: paths, at least one of them ``[user@]machine:path``.
        delta: send only what differs, with rsync.

    Raises:
        UsageError: no machine is named, or the program for it is missing.
    """
    machines: list[Found] = []
    places = [_place(find, text, machines) for text in (source, target)]
    if not machines:
        raise UsageError(
            "neither path is on a machine", hint="provision scp FILE swarm-node-1:/tmp/"
        )
    with _configuration(machines) as config:
        if delta:
            if len(machines) == 2:
                raise UsageError("rsync does not copy between two machines", hint="without -d")
            shell = f"{program('ssh', 'openssh-client')} -F {shlex.quote(str(config))}"
            words = [program("rsync", "rsync"), "-e", shell, "--progress"]
            yield [*words, *(["-r"] if recursive else []), *(["-q"] if quiet else []), *places]
        else:
            words = [program("scp", "openssh-client"), "-F", str(config), "-3"]
            yield [*words, *(["-r"] if recursive else []), *(["-q"] if quiet else []), *places]


def mounting(found: Found, path: str, folder: Path) -> list[str]:
    """The command that mounts a machine's folder.

    Raises:
        UsageError: sshfs is missing, or there is no such folder here.
    """
    sshfs = program("sshfs", "sshfs")
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder} to mount on", hint=f"mkdir -p {folder}")
    config = str(found.cluster.store.ssh_config)
    return [sshfs, "-F", config, f"{found.name}:{path}", str(folder)]


def unmounting(folder: Path) -> list[str]:
    """The command that ends a mount."""
    return [program("fusermount3", "fuse3", "fusermount"), "-u", str(folder)]


def remote(text: str) -> tuple[str, str] | None:
    """(machine, path) of ``machine:path``; None for a local path."""
    match = _REMOTE.fullmatch(text)
    return (match["machine"], match["path"]) if match else None


def program(name: str, package: str, *others: str) -> str:
    """The path of a program.

    Parameters:
        others: names that will do as well.

    Raises:
        UsageError: it is not installed, with what brings it.
    """
    for each in (name, *others):
        if found := shutil.which(each):
            return found
    raise UsageError(f"{name} is not installed here", hint=f"apt-get install {package}")


def _place(find: Find, text: str, machines: list[Found]) -> str:
    match = _REMOTE.fullmatch(text)
    if match is None:
        return text
    found = find(match["machine"])
    machines.append(found)
    user = f"{match['user']}@" if match["user"] else ""
    return f"{user}{found.name}:{match['path']}"


@contextmanager
def _configuration(machines: Sequence[Found]) -> Iterator[Path]:
    """One ssh configuration that knows all the machines."""
    configs = list(dict.fromkeys(found.cluster.store.ssh_config for found in machines))
    if len(configs) == 1:
        yield configs[0]
        return
    with tempfile.NamedTemporaryFile("w", prefix="provision-ssh-", suffix=".conf") as file:
        file.writelines(f'Include "{config}"\n' for config in configs)
        file.flush()
        yield Path(file.name)
