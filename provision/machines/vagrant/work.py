"""Vagrant at work on one machine: alone with it, and told apart from what it merely waits for."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from provision.errors import MachineError
from provision.machines.cache import cache_directory
from provision.machines.driver import ClusterSpec, Progress
from provision.machines.filelock import file_lock
from provision.machines.vagrant.shape import ShapeFolder

if TYPE_CHECKING:
    from provision.machines.vagrant.command import Command

# From here on Vagrant waits for the machine alone, and others may be started.
_WAITING = re.compile(r"Waiting for (?:domain|machine|the machine)")
_HOST_KEY = re.compile(r"provision-host-key (\S+ \S+)")
_STEP = re.compile(r"==> [^:]+: (.*)")

# Of Vagrant's, or the user's own for plain Vagrant: here they would lead elsewhere.
_NOT_OURS = ("VAGRANT_CWD", "VAGRANT_VAGRANTFILE", "VAGRANT_DOTFILE_PATH", "PROVISION_SHAPE")


def vagrant(
    folder: ShapeFolder, timeout: float, name: str = "vagrant", locks: Sequence[int] = ()
) -> Command:
    """``vagrant`` in a cluster's folder.

    Parameters:
        timeout: seconds for commands that change something.
        name: of the machine whose log gets what Vagrant says.
        locks: see ``vagrant.command.Command``.
    """
    # python-vagrant warns on import where Vagrant is missing, and check() says it better.
    from provision.machines.vagrant.command import Command

    environment = {
        **os.environ,
        "VAGRANT_CHECKPOINT_DISABLE": "1",
        "VAGRANT_NO_COLOR": "1",
        "LC_ALL": "C.UTF-8",
    }
    for variable in _NOT_OURS:
        environment.pop(variable, None)
    return Command(folder.path, environment, timeout, folder.log(name), locks)


@contextlib.contextmanager
def alone(folder: ShapeFolder, name: str, say: Progress) -> Iterator[int]:
    """Be the only one at work on a machine; what is left of a killed run is waited for.

    Vagrant outlives a provision that was killed, finishes what it was at, and would refuse a second
    Vagrant. It inherits this lock, so whoever has it knows that the other is gone.

    Yields:
        The lock's descriptor, for Vagrant to inherit.
    """
    busy = "Vagrant is still at work on it for a run that was killed: waiting for its end"
    with file_lock(folder.lock(name), lambda _pid: say(name, busy)) as lock:
        yield lock


@contextlib.contextmanager
def one_at_a_time(name: str, say: Progress) -> Iterator[int]:
    """Wait for the turn to do what no two Vagrants may do at once, on all of this host.

    Yields:
        The lock's descriptor, for Vagrant to inherit.
    """
    queue = cache_directory() / "vagrant-up.lock"
    with file_lock(queue, lambda _pid: say(name, "waiting for its turn")) as lock:
        yield lock


def bring_up(
    cluster: ClusterSpec, name: str, provider: str, timeout: float, say: Progress, *, new: bool
) -> None:
    """Have Vagrant make or start a machine: the first part one at a time, booting at once.

    Two Vagrants at once would copy the same box and define the same networks.

    Parameters:
        timeout: seconds.
        new: give it its identity, and pin the host keys that it tells.

    Raises:
        MachineError: what Vagrant said, what the machine's console said last, and what to do.
    """
    folder = ShapeFolder(cluster)
    # The hypervisor's log daemon would make it unreadable for the user.
    folder.console(name).touch()
    keys: list[str] = []
    with alone(folder, name, say) as own, contextlib.ExitStack() as turn:
        locks = (own, turn.enter_context(one_at_a_time(name, say)))
        lines: Iterator[str] = vagrant(folder, timeout, name, locks).up(
            vm_name=name,
            provider=provider,
            provision=True if new else None,
            stream_output=True,
        )
        try:
            for line in lines:
                if _WAITING.search(line):
                    turn.close()
                if found := _HOST_KEY.search(line):
                    keys.append(found[1])
                elif step := _STEP.match(line):
                    say(name, step[1])
        except MachineError as error:
            raise _with_console(folder, name, error) from error
    if new:
        if not keys:
            raise MachineError(
                f"{name} runs, but did not tell its host keys",
                host=name,
                hint=f"see {folder.log(name)}; `provision up` again",
            )
        folder.pin(name, keys)


def _with_console(folder: ShapeFolder, name: str, error: MachineError) -> MachineError:
    """The failure, and what the machine itself said last."""
    parts = [error.hint] if error.hint else []
    if last := folder.last_words(name, lines=8):
        parts.append(f"its console said last:\n{last}")
    parts.append(f"all that Vagrant said: {folder.log(name)}")
    return MachineError(error.message, host=name, hint="\n".join(parts))
