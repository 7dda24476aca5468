"""Which Linux capabilities a node may be given, and whether ``--privileged`` can work."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from provision.resources import resource

# In the kernel's order: bit n of a mask is the n-th name. See capabilities(7). The three that
# followed (PERFMON, BPF, CHECKPOINT_RESTORE) are left out: Docker 20.10 refuses them as unknown,
# and SYS_ADMIN still implies what a node needs of them.
_WORDS = """
CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE
NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO
SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME
SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG
WAKE_ALARM BLOCK_SUSPEND AUDIT_READ
"""
NAMES = tuple(_WORDS.split())

NEEDED = ("NET_ADMIN", "SYS_ADMIN", "SYS_CHROOT", "SETUID", "SETGID", "CHOWN", "DAC_OVERRIDE")
"""Without these no node can boot systemd and run dockerd."""

_WITHHELD = "SYS_TIME"
"""No namespace has a clock of its own: a node that sets it, even its time zone, sets the host's."""

_DAEMON_PID_FILES = (Path("/run/docker.pid"), Path("/var/run/docker.pid"))


def names(mask: int) -> list[str]:
    """What a node is given of a mask: names that Docker knows, without ``CAP_``."""
    return [name for bit, name in enumerate(NAMES) if mask >> bit & 1 and name != _WITHHELD]


def seccomp_profile() -> Path:
    """Refuses the system calls that set clocks: privileged nodes have every capability.

    https://docs.docker.com/engine/security/seccomp/
    """
    return resource("images", "seccomp.json")


def missing(mask: int) -> list[str]:
    """What a mask lacks of the full set; a daemon that lacks any cannot run ``--privileged``."""
    return [name for bit, name in enumerate(NAMES) if not mask >> bit & 1]


def bounding_mask(status: str) -> int:
    """The bounding set from the text of a ``/proc/PID/status``.

    Raises:
        ValueError: the text has no CapBnd line.
    """
    for line in status.splitlines():
        if line.startswith("CapBnd:"):
            return int(line.split()[1], 16)
    raise ValueError("no CapBnd line")


def engine_bounding_mask(pid_files: Iterable[Path] = _DAEMON_PID_FILES) -> int | None:
    """The bounding set of the local Docker daemon; ours where its process is not visible.

    Returns:
        None where /proc does not tell (not Linux).
    """
    statuses = []
    for file in pid_files:
        try:
            statuses.append(Path("/proc", file.read_text().strip(), "status"))
        except OSError:
            continue
    for status in (*statuses, Path("/proc/self/status")):
        try:
            return bounding_mask(status.read_text())
        except (OSError, ValueError):
            continue
    return None
