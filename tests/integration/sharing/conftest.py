"""A cluster of mixed drivers: a container node, and a server that somebody else made.

The server is another cluster's container, made at the same time and put into its network.
"""

from __future__ import annotations

import contextlib
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
import pytest

from tests.integration.command_line import provision

PASSPHRASE = "correct horse battery"


@dataclass(frozen=True)
class Desk:
    """One person's folder with the ``provision`` command in it.

    Parameters:
        cluster: what all commands are about.
    """

    folder: Path
    cluster: str
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(
        self, *arguments: str, expect: int = 0, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        own = {
            "HOME": str(self.folder),
            "PROVISION_CLUSTER": self.cluster,
            "PROVISION_PASSPHRASE": PASSPHRASE,
        }
        environment = {**own, **self.environment, **(env or {})}
        return provision(*arguments, folder=self.folder, expect=expect, env=environment)

    @property
    def state(self) -> Path:
        return self.folder / ".provision" / "clusters" / self.cluster

    def ssh(self, node: str, command: str) -> subprocess.CompletedProcess[str]:
        """OpenSSH's own client, with the files that provision wrote."""
        return subprocess.run(
            ["ssh", "-F", str(self.state / "ssh_config"), "-o", "BatchMode=yes", node, command],
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
        )

    def docker(self, node: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Docker's own client, with what ``provision machine config`` says."""
        options = self.run("machine", "config", node).stdout.split()
        return subprocess.run(
            ["docker", *options, *arguments], capture_output=True, text=True, timeout=120
        )


@dataclass(frozen=True)
class Mixed:
    """Parameters:
    home: where the cluster is at home.
    other: where the adopted server is.
    node, server: names of the cluster's two nodes.
    """

    home: Desk
    other: Desk
    node: str
    server: str
    root: Path

    def desk(self, name: str, **environment: str) -> Desk:
        """Somebody else's folder."""
        folder = self.root / name
        folder.mkdir(exist_ok=True)
        return Desk(folder, self.home.cluster, environment)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mixed]:
    root = tmp_path_factory.mktemp("sharing")
    mark = uuid.uuid4().hex[:5]
    made = Mixed(
        home=Desk(root / "home", f"sh{mark}a"),
        other=Desk(root / "home", f"sh{mark}b"),
        node=f"sh{mark}a-node-1",
        server=f"sh{mark}b-node-1",
        root=root,
    )
    made.home.folder.mkdir()
    engine = docker.from_env()
    network: Any = None
    try:
        with ThreadPoolExecutor(2) as pool:
            size = ("--driver", "docker", "--nodes", "1", "--cpus", "1")
            both = [
                pool.submit(made.home.run, "up", *size, "--memory", "1024", "--no-install"),
                pool.submit(made.other.run, "up", *size, "--memory", "768", "--no-install"),
            ]
            for each in both:
                each.result()
        network = engine.networks.get(f"provision-{made.home.cluster}")
        network.connect(made.server)
        attached = engine.containers.get(made.server).attrs["NetworkSettings"]["Networks"]
        address = attached[network.name]["IPAddress"]
        key = made.other.state / "id_ed25519"
        reach = ("--ip", address, "--ssh-user", "root", "--ssh-key", str(key))
        made.home.run("machine", "create", "--driver", "static", *reach, made.server)
        made.home.run("up")
        made.home.run("bootstrap")
        yield made
    finally:
        if network is not None:
            with contextlib.suppress(docker.errors.APIError):  # the last test has taken it out
                network.disconnect(made.server, force=True)
        for desk in (made.home, made.other):
            if desk.state.exists():
                desk.run("down", "--yes")
        engine.close()
