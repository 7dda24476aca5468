"""The machine in general terms: a figure without it says nothing."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def describe() -> str:
    """Cores, memory and distribution, such as ``2 cores, 24 GB, Debian 12``."""
    kib = next(
        int(line.split()[1])
        for line in Path("/proc/meminfo").read_text().splitlines()
        if line.startswith("MemTotal")
    )
    release = platform.freedesktop_os_release()
    system = f"{release.get('ID', 'linux').capitalize()} {release.get('VERSION_ID', '')}".strip()
    return f"{os.cpu_count()} cores, {round(kib / 1e6)} GB, {system}"
