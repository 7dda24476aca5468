"""How much memory a command takes, all of its processes together."""

from __future__ import annotations

import threading
from pathlib import Path

PAUSE = 0.2
"""Seconds between two looks: they cost a little of the processor that is measured."""


class Peak(threading.Thread):
    """Watches a process and its descendants until ``stop``.

    What processes share counts once in sum: each page's share (Pss, proc_pid_smaps_rollup(5)).
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._over = threading.Event()
        self._most = 0

    def run(self) -> None:
        while True:
            self._most = max(self._most, sum(map(_share, _family(self._pid))))
            if self._over.wait(PAUSE):
                return

    def stop(self) -> float:
        """MiB, at most."""
        self._over.set()
        self.join()
        return self._most / 1024


def _family(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        try:
            for children in Path(f"/proc/{parent}/task").glob("*/children"):
                found += map(int, children.read_text().split())
        except OSError:
            continue  # it has just ended
    return found


def _share(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
