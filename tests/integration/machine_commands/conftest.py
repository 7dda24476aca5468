"""Two machines in two clusters of one workspace, made by `machine create` at the same time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.integration.command_line import provision


@dataclass(frozen=True)
class Cli:
    """The ``provision`` command in a folder of its own.

    Parameters:
        one, two: machines, each in the cluster of the same name.
    """

    folder: Path
    one: str
    two: str
    home: Mapping[str, str] = field(default_factory=dict)

    def run(
        self, *arguments: str, expect: int = 0, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        environment = {**self.home, **(env or {})}
        return provision(
            *arguments, folder=self.folder, expect=expect, timeout=300, env=environment
        )

    def machine(self, *arguments: str, **keywords: Any) -> str:
        return self.run("machine", *arguments, **keywords).stdout.strip()

    def shell(self, script: str) -> str:
        """What a bash script prints that has ``provision`` as a command."""
        function = f'provision() {{ "{sys.executable}" -m provision "$@"; }}\n'
        done = subprocess.run(
            ["bash", "-euc", function + script],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, **self.home},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def inspect(self, machine: str) -> dict[str, Any]:
        return dict(json.loads(self.machine("inspect", machine)))

    def tls(self, cluster: str) -> Path:
        return self.folder / ".provision" / "clusters" / cluster / "tls"

    def dockerd(self, machine: str) -> str:
        """The process id of a machine's dockerd: another one after a restart."""
        return self.machine("ssh", machine, "pidof", "dockerd")


def changes(output: str) -> int:
    """The sum of ``changed=`` in the recaps of a run's output."""
    return sum(
        int(word.removeprefix("changed=")) for word in output.split() if word.startswith("changed=")
    )


@pytest.fixture(scope="package")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    folder = tmp_path_factory.mktemp("machines")
    one, two = (f"m{uuid.uuid4().hex[:6]}" for _ in range(2))
    made = Cli(folder, one, two, {"DOCKER_CONFIG": str(folder / "docker")})
    small = ("--driver", "docker", "--cpus", "1")
    labelled = (
        *("--virtualbox-memory", "768", "--tls-san", "one.example"),
        *("--engine-label", "tier=web", "--engine-opt", "log-opt=max-size=5m"),
        *("--engine-insecure-registry", "registry.example:5000"),
        *("--engine-registry-mirror", "https://mirror.example"),
        *("--engine-env", 'QUOTED=a "b" \\ 100%'),
    )
    try:
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(
                made.run, "--cluster", one, "machine", "create", *small, *labelled, one
            )
            second = pool.submit(
                made.run, "--cluster", two, "machine", "create", *small, "--memory", "768", two
            )
            first.result()
            second.result()
        yield made
    finally:
        for name in (one, two):
            if (folder / ".provision" / "clusters" / name).exists():
                made.run("--cluster", name, "down", "--yes")
