"""A node's root made from Debian packages with mmdebstrap."""

from __future__ import annotations

import shlex
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TypeVar

from provision.errors import MachineError
from provision.machines.debian_sources import Mirror, proxy_options
from provision.machines.driver import Progress

Made = TypeVar("Made")

_CHUNK = 1 << 18


def packages(recipe: Path) -> list[str]:
    """The packages of a node, from packages.txt."""
    lines = (recipe / "packages.txt").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def mmdebstrap_command(release: str, recipe: Path, mirror: Mirror) -> list[str]:
    """The command that writes a node's root as a tar to its standard output."""
    init, setup = recipe / "provision-node-init", recipe / "setup.sh"
    command = [
        "mmdebstrap",
        "--variant=minbase",
        "--format=tar",
        f"--include={','.join(packages(recipe))}",
        f"--customize-hook=copy-in {shlex.quote(str(init))} /usr/local/sbin",
        f'--customize-hook=chroot "$1" sh -s < {shlex.quote(str(setup))}',
        *(f"--aptopt={option}" for option in proxy_options()),
    ]
    if mirror.keyring:
        command.append(f"--keyring={mirror.keyring}")
    return [*command, release, "-", *mirror.lines]


def hand_over_root(
    release: str,
    recipe: Path,
    mirror: Mirror,
    say: Progress,
    *,
    take: Callable[[Iterator[bytes]], Made],
    discard: Callable[[Made], None],
) -> Made:
    """Make a root, and have its tar taken as it is made; what was made of it.

    Parameters:
        take: what reads the tar.
        discard: undoes ``take`` where the tar turns out to be cut short.

    Raises:
        MachineError: mmdebstrap fails, or ``take`` raises it.
    """
    made: Made | None = None
    refusal: MachineError | None = None
    with subprocess.Popen(
        mmdebstrap_command(release, recipe, mirror),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        process_group=0,  # when it fails, mmdebstrap signals its whole group
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        tail: deque[str] = deque(maxlen=12)
        teller = threading.Thread(target=_tell, args=(process.stderr, tail, say))
        teller.start()
        chunks = _Chunks(process.stdout)
        try:
            made = take(chunks)
        except BaseException as error:
            if not (isinstance(error, MachineError) and chunks.ended):
                process.terminate()
                raise
            refusal = error  # of what mmdebstrap left unfinished, or of a good archive
        finally:
            teller.join()
    if process.returncode:
        if made is not None:
            discard(made)
        raise MachineError(
            f"mmdebstrap failed with exit code {process.returncode}", hint="\n".join(tail)
        )
    if refusal is not None:
        raise refusal
    assert made is not None
    return made


def _tell(stream: IO[bytes], tail: deque[str], say: Progress) -> None:
    """Pass on mmdebstrap's steps, and keep its last lines in case it fails."""
    for raw in stream:
        line = raw.decode(errors="replace").rstrip()
        tail.append(line)
        if line.startswith("I: ") and line.endswith("..."):
            say("", f"node image: {line[3:].rstrip('.')}")


class _Chunks:
    """A stream piece by piece, knowing whether it has come to its end."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.ended = False

    def __iter__(self) -> _Chunks:
        return self

    def __next__(self) -> bytes:
        if chunk := self._stream.read(_CHUNK):
            return chunk
        self.ended = True
        raise StopIteration
