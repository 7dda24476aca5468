"""From a started container to a node that answers SSH, and what it said on the way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provision.errors import MachineError
from provision.machines.docker.engine import Engine, said
from provision.machines.ssh_greeting import NEW_MACHINE, silence

if TYPE_CHECKING:
    from docker.models.containers import Container

# Seconds. A boot takes five here; a slow machine with many nodes at once takes many times that.
BOOT_TIMEOUT = 120
_SSH_TIMEOUT = 15

# One call instead of a dozen: waits for systemd, lets the cluster's key in, tells the host keys.
_WATCH_BOOT = r"""
if [ -n "$KEY" ]; then
    mkdir -p -m 0700 /root/.ssh
    grep -qxF "$KEY" /root/.ssh/authorized_keys 2>/dev/null ||
        (umask 077; echo "$KEY" >> /root/.ssh/authorized_keys)
fi
end=$(($(cut -d. -f1 /proc/uptime) + TIMEOUT))
while :; do
    state=$(systemctl is-system-running 2>/dev/null)
    case $state in running|degraded) break;; esac
    [ "$(cut -d. -f1 /proc/uptime)" -lt "$end" ] || break
    sleep 0.2
done
echo "state ${state:-unknown}"
systemctl list-units --failed --plain --no-legend 2>/dev/null | sed 's/^/failed /'
for file in /etc/ssh/ssh_host_*_key.pub; do echo "key $(cat "$file")"; done
"""

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


@dataclass(frozen=True, slots=True)
class Boot:
    """What a booted node told.

    Parameters:
        state: systemd's word: ``running`` or ``degraded``.
        failed: the names of failed units.
        host_keys: public, as ``type base64``.
    """

    state: str
    failed: Sequence[str]
    host_keys: Sequence[str]


def parse_boot(text: str) -> Boot:
    """Reads the answer of the watching script."""
    state: str = "unknown"
    failed: list[str] = []
    keys: list[str] = []
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "state":
            state = rest.strip()
        elif word == "failed" and rest:
            failed.append(rest.split()[0])
        elif word == "key" and len(rest.split()) >= 2:
            keys.append(" ".join(rest.split()[:2]))
    return Boot(state, tuple(failed), tuple(keys))


def wait(engine: Engine, container: Container, address: str, public_key: str) -> Boot:
    """Wait until systemd has booted and sshd answers at the address.

    Raises:
        MachineError: it did not; the hint has the node's last log lines.
    """
    name = str(container.name)
    environment = {"KEY": public_key, "TIMEOUT": str(BOOT_TIMEOUT)}
    try:
        boot = parse_boot(execute(engine, name, ["sh", "-c", _WATCH_BOOT], environment))
    except MachineError as error:
        raise MachineError(
            f"{name} did not boot: {error}", host=name, hint=_last_words(engine, name)
        ) from error
    if boot.state not in ("running", "degraded") or not boot.host_keys:
        finding = f"systemd says {boot.state}"
        if boot.state in ("running", "degraded"):
            finding = "it has no SSH host keys"
        raise MachineError(
            f"{name} did not boot within {BOOT_TIMEOUT} s: {finding}",
            host=name,
            hint=_last_words(engine, name),
        )
    if (silent := silence(address, 22, patience=_SSH_TIMEOUT, greeting=NEW_MACHINE)) is not None:
        failed = f"; failed units: {', '.join(boot.failed)}" if boot.failed else ""
        raise MachineError(
            f"{name} booted, but sshd does not answer on {address}:22: {silent}{failed}",
            host=name,
            hint=_last_words(engine, name),
        )
    return boot


def execute(
    engine: Engine, name: str, command: Sequence[str], environment: dict[str, str] | None = None
) -> str:
    """Run a command as root in a running node and give its standard output.

    Raises:
        MachineError: the node does not run, or the command failed.
    """
    api = engine.client.api
    with said(f"run a command in {name}", name):
        started = api.exec_create(name, list(command), environment=environment, stderr=True)
        stdout, stderr = api.exec_start(started["Id"], demux=True)
        code = api.exec_inspect(started["Id"])["ExitCode"]
    if code:
        detail = (stderr or stdout or b"").decode(errors="replace").strip()
        raise MachineError(f"a command in {name} failed with exit code {code}: {detail}", host=name)
    return (stdout or b"").decode(errors="replace")


def logs(engine: Engine, name: str, lines: int = 20) -> str:
    """A node's last words: its console, and its journal's warnings while it runs."""
    with said(f"read the logs of {name}", name):
        raw: bytes = engine.client.api.logs(name, tail=lines)
    console = _ANSI.sub("", raw.decode(errors="replace"))
    text = [line.rstrip() for line in console.splitlines() if line.strip()]
    try:
        command = ["journalctl", "-b", "-q", "--no-pager", "-p", "warning", "-n", str(lines)]
        text += execute(engine, name, command).splitlines()
    except MachineError:
        pass  # it is not running: the console is all there is
    return "\n".join(text[-lines:])


def _last_words(engine: Engine, name: str) -> str:
    """For a hint: the end of its log, and how to go on."""
    try:
        said = logs(engine, name)
    except MachineError as error:
        said = str(error)
    return f"its last words:\n{said}\nthe same command again goes on from here"
