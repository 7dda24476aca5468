"""Who holds a lock on a file, asked of the kernel without touching the lock (fcntl(2), F_GETLK)."""

from __future__ import annotations

import fcntl
import struct
from typing import Iterable, Optional

_FLOCK = struct.Struct("hhqqi4x")


def find(paths: Iterable[str]) -> Optional[str]:
    """As in ``process 1842 (apt-get) holds /var/lib/dpkg/lock``; None if nobody seems to."""
    for path in paths:
        pid = _pid(path)
        if pid:
            return f"process {pid}{_name(pid)} holds {path}"
    return None


def _pid(path: str) -> int:
    asked = _FLOCK.pack(fcntl.F_WRLCK, 0, 0, 0, 0)
    try:
        with open(path, "rb") as file:
            kind, _, _, _, pid = _FLOCK.unpack(fcntl.fcntl(file, fcntl.F_GETLK, asked))
    except (OSError, struct.error):
        return 0
    return 0 if kind == fcntl.F_UNLCK else int(pid)


def _name(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/comm") as file:
            return f" ({file.read().strip()})"
    except OSError:
        return ""
