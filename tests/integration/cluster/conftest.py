"""A whole cluster, made by the command line as a user would."""

from __future__ import annotations

import json
import subprocess
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.command_line import provision

PATIENCE = 300.0
"""Seconds for a cluster to be well, on a machine that is busy with others."""


@dataclass(frozen=True)
class CommandLine:
    """The ``provision`` command in a folder of its own, for one cluster."""

    folder: Path
    cluster: str

    def run(
        self, *arguments: str, expect: int | None = 0, timeout: float = 600
    ) -> subprocess.CompletedProcess[str]:
        words = ("--cluster", self.cluster, *arguments)
        return provision(*words, folder=self.folder, expect=expect, timeout=timeout)

    @property
    def state(self) -> Path:
        return self.folder / ".provision" / "clusters" / self.cluster

    @property
    def nodes(self) -> list[str]:
        listed = json.loads(self.run("inventory", "--list").stdout)
        return sorted(listed["_meta"]["hostvars"])

    def node(self, number: int) -> str:
        return f"{self.cluster}-node-{number}"

    def on(self, number: int, command: str, *, check: bool = True, timeout: float = 120) -> str:
        """What a command prints on a node, through OpenSSH's own client."""
        done = subprocess.run(
            ["ssh", "-F", str(self.state / "ssh_config"), self.node(number), command],
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        if check:
            assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def verify(self, *arguments: str, expect: int | None = 0) -> dict[str, str]:
        """Each proof, ``name`` or ``name [node]``, with its message if it failed, else ""."""
        report = self.folder / "verify.json"
        report.unlink(missing_ok=True)
        self.run("verify", "--json", str(report), *arguments, expect=expect)
        proofs = json.loads(report.read_text())["proofs"]
        return {
            f"{proof['name']} [{proof['node']}]".removesuffix(" []"): proof["message"]
            for proof in proofs
        }

    def proven(self, *arguments: str) -> None:
        """Wait until every proof holds: what a test has started by hand nobody has waited for."""
        deadline = time.monotonic() + PATIENCE
        while failed := [said for said in self.verify(*arguments, expect=None).values() if said]:
            assert time.monotonic() < deadline, "\n".join(failed)

    def healthy(self) -> dict[str, Any]:
        """What `status` tells once it finds all well.

        It looks but once, and autopilot calls a server ill that was silent for 200 ms.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            done = self.run("status", "--json", expect=None)
            found: dict[str, Any] = json.loads(done.stdout)
            if found["healthy"]:
                assert done.returncode == 0
                return found
            assert time.monotonic() < deadline, done.stdout


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """Three nodes, up and bootstrapped; removed afterwards whatever happened.

    Docker and Consul are installed on them, whether or not there is an image that has them.
    """
    made = CommandLine(tmp_path_factory.mktemp("workspace"), f"t{uuid.uuid4().hex[:6]}")
    try:
        small = ("--cpus", "1", "--memory", "1024", "--driver", "docker")
        made.run("up", "--nodes", "3", *small, "--no-baked")
        made.run("bootstrap")
        yield made
    finally:
        if made.state.exists():
            made.run("down", "--yes", expect=None)
