"""Why a machine cannot be reached, and the command that goes on from there."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Sequence

from provision.cluster.engine_address import ENGINE_PORT, engine_address
from provision.cluster.machine.found import Found
from provision.cluster.machine.transfer import program
from provision.errors import MachineError, ProvisionError, Unreachable
from provision.machines.driver import MachineState
from provision.machines.ssh_greeting import silence

LINES = 10
"""Of a machine's last words."""

_NO_CONNECTION = 255
"""What ssh and scp end with when it is they who failed: ssh(1)."""

_TIMEOUT = 3.0
"""Seconds for an engine's port to open."""


def trouble(found: Found) -> Unreachable | None:
    """What is wrong with a machine that does not answer over SSH; None if it does answer.

    Names the cause, with the machine's last words where there are any.
    """
    name, endpoint = found.name, found.endpoint
    machine = found.machine()
    start = f"`provision machine start {name}`"
    if machine.state is MachineState.ABSENT:
        return Unreachable(
            f"{name} does not exist any more",
            host=name,
            hint="`provision up` makes it again, as does `provision machine create` what it made",
        )
    if machine.state is MachineState.STOPPED:
        why = f" ({machine.detail})" if machine.detail else ""
        return Unreachable(f"{name} is stopped{why}", host=name, hint=start)
    silent = None if endpoint.jump_hosts else silence(endpoint.address, endpoint.port)
    if silent is None and machine.state is MachineState.RUNNING:
        return None
    said = silent or machine.detail
    return Unreachable(
        f"no SSH server answers at {endpoint.address}:{endpoint.port}: {said}",
        host=name,
        hint=f"{last_words(found)}\n{start} once that is mended; it waits until sshd answers",
    )


def last_words(found: Found) -> str:
    """The end of the machine's log, or why there is none."""
    try:
        return found.cluster.driver.logs(found.cluster.spec, found.name, LINES).strip()
    except ProvisionError as error:
        return f"its log cannot be read: {error}"


def run(found: Sequence[Found], command: Sequence[str]) -> int:
    """Run ssh's client or one of its kin; its exit code.

    Raises:
        Unreachable: there is no connection, and it is known why.
    """
    code = subprocess.run(command, check=False).returncode
    if code == _NO_CONNECTION:
        for machine in found:
            if problem := trouble(machine):
                raise problem
    return code


def shell(found: Found, options: Sequence[str], words: Sequence[str]) -> int:
    """A shell on a machine, or a command there; the exit code is the command's.

    Parameters:
        options: further ones for ssh.

    Raises:
        UsageError: there is no ssh client here.
        Unreachable: there is no connection, and it is known why.
    """
    client = program("ssh", "openssh-client")
    config = str(found.cluster.store.ssh_config)
    return run([found], [client, "-F", config, *options, found.name, *words])


def require_engine(found: Found) -> None:
    """Refuse to lead somebody to an engine that is not there.

    Raises:
        Unreachable: the machine is not there, with the cause.
        MachineError: the machine is, and nobody listens.
    """
    address = engine_address(found.endpoint)
    try:
        socket.create_connection((address, ENGINE_PORT), timeout=_TIMEOUT).close()
    except OSError as error:
        problem = trouble(found)
        raise problem or MachineError(
            f"no Docker Engine answers at {address}:{ENGINE_PORT}: {error.strerror or error}",
            host=found.name,
            hint=f"`provision machine provision {found.name}` sets it up again; its log: "
            f"provision machine ssh {found.name} journalctl -u docker -n 20",
        ) from None
