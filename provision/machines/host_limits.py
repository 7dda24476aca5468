"""What nodes need of the host's kernel beside memory."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
INOTIFY_NEEDED = 1024
"""systemd and dockerd of each node take dozens, all from root's account; the default is 128."""

_RESOLVERS = (Path("/etc/resolv.conf"), Path("/run/systemd/resolve/resolv.conf"))


def raise_inotify(file: Path = INOTIFY) -> str | None:
    """Raise the inotify limit if it is too low.

    Returns:
        What was done or has to be done, for the user; None if nothing.
    """
    try:
        current = int(file.read_text())
    except (OSError, ValueError):
        return None
    if current >= INOTIFY_NEEDED:
        return None
    try:
        file.write_text(str(INOTIFY_NEEDED))
    except OSError:
        return (
            f"warning: fs.inotify.max_user_instances is {current}, nodes may fail to boot: "
            f"sudo sysctl -w fs.inotify.max_user_instances={INOTIFY_NEEDED}"
        )
    return f"raised fs.inotify.max_user_instances from {current} to {INOTIFY_NEEDED}"


def size() -> dict[str, int]:
    """The host's memory in bytes and CPUs, under the names that Docker's ``GET /info`` has."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"MemTotal": memory, "NCPU": os.cpu_count() or 1}


def nameservers(files: Sequence[Path] = _RESOLVERS) -> list[str]:
    """The host's name servers that a node can reach: not those on the host's loopback.

    With systemd-resolved /etc/resolv.conf names 127.0.0.53; its own file has the real ones.
    """
    for file in files:
        try:
            found = re.findall(r"^nameserver\s+(\S+)", file.read_text(), re.MULTILINE)
        except OSError:
            continue
        if usable := [server for server in found if not server.startswith(("127.", "::1", "fe80"))]:
            return usable
    return []
