"""The cluster under soak: made and operated by the command line, as a user would."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from provision.cluster.cluster import Cluster
from provision.transport.pool import SessionPool
from provision.verify.probes.base import ClusterView

PROBE_IMAGE = Path(__file__).parents[2] / "playbooks" / "verify.yml"
"""Builds the image of the services."""

COMMAND_TIMEOUT = 1800
"""Seconds for one command."""


class SoakFailure(Exception):
    """Something went wrong that must not: a command failed, the cluster is not well again."""


@dataclass(frozen=True, slots=True)
class SoakCluster:
    """One cluster in a folder of its own.

    Parameters:
        log: everything that the commands print goes there.
    """

    folder: Path
    name: str
    log: Path

    def opened(self) -> Cluster:
        """As its state is now."""
        return Cluster.open(self.folder / ".provision", self.name)

    @contextmanager
    def view(self) -> Iterator[ClusterView]:
        """Its nodes, to be asked as probes do."""
        with SessionPool() as sessions:
            yield self.opened().view(sessions)

    def machine(self, number: int | None) -> str:
        return f"{self.name}-node-{number}"

    def run(self, *words: str) -> str:
        """What a ``provision`` command prints.

        Raises:
            SoakFailure: it does not succeed.
        """
        return self._run([sys.executable, "-m", "provision", "--cluster", self.name, *words])

    def on(self, number: int | None, command: str) -> str:
        """What a shell line on a node prints, as root.

        Raises:
            SoakFailure: it does not succeed.
        """
        config = self.opened().store.ssh_config
        return self._run(["ssh", "-F", str(config), self.machine(number), command])

    def read(self, number: int, file: str) -> bytes:
        """A file of a node, whose name a shell there may expand."""
        config = self.opened().store.ssh_config
        words = ["ssh", "-F", str(config), self.machine(number), f'cat "{file}"']
        return subprocess.run(words, capture_output=True, check=True).stdout

    def _run(self, words: Sequence[str]) -> str:
        began = time.monotonic()
        done = subprocess.run(
            words,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT,
            env=dict(os.environ, NO_COLOR="1"),
        )
        with self.log.open("a") as log:
            seconds = time.monotonic() - began
            log.write(f"\n$ {' '.join(words[2:])}\n{done.stdout}{done.stderr}")
            log.write(f"({seconds:.1f} s, exit code {done.returncode})\n")
        if done.returncode:
            last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
            raise SoakFailure(f"{' '.join(words[2:])}: exit code {done.returncode}\n{last}")
        return done.stdout
