"""A real node under a case: how both tools reach it, and what the case left there."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.compat.case import NODE_INVENTORY


@dataclass(frozen=True)
class Node:
    """A machine that lets root in by SSH, with its host key pinned."""

    address: str
    port: int
    user: str
    key_file: Path
    known_hosts: Path

    @property
    def inventory(self) -> str:
        return NODE_INVENTORY.format_map(vars(self))

    @contextmanager
    def folder(self, work: Path) -> Iterator[None]:
        """The same folder on the node; at the end its content is here, and there it is gone."""
        path = shlex.quote(str(work))
        self._ssh(f"umask 022 && mkdir -p {path}")
        try:
            yield
            packed = self._ssh(f"tar -C {path} -c .")
            unpack = ["tar", "-C", str(work), "-xp", "--no-same-owner"]
            subprocess.run(unpack, input=packed, check=True)
        finally:
            self._ssh(f"rm -rf {shlex.quote(str(work.parent))}")

    def _ssh(self, command: str) -> bytes:
        options = [
            *("-i", str(self.key_file), "-p", str(self.port), "-o", "BatchMode=yes"),
            *("-o", f"UserKnownHostsFile={self.known_hosts}", "-o", "IdentitiesOnly=yes"),
        ]
        words = ["ssh", *options, f"{self.user}@{self.address}", command]
        return subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, check=True
        ).stdout
