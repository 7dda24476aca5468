"""Three real VMs, made, installed and bootstrapped by the command line as a user would.

PROVISION_TEST_VMS   how many instead of three
PROVISION_TEST_BOX   a box to use; if not said it is made by `provision image box`, and kept in
                     ~/.cache/provision/boxes until its recipe changes
PROVISION_TEST_KEEP  a folder: leave the machines there, and use them again the next time
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from provision.machines.cache import cache_directory
from provision.machines.vagrant import box as vagrant_box
from provision.machines.vagrant import box_files as vagrant_box_files
from provision.resources import resource

NODES = int(os.environ.get("PROVISION_TEST_VMS", "3"))
# What an emulated machine would take ten times as long to unpack as this host: the engine, and what
# Consul's package depends on.
INCLUDE = ("docker.io", "adduser", "pipexec")
IMAGE = "provision/probe:1"


@dataclass(frozen=True)
class Cluster:
    """A cluster in a folder of its own."""

    folder: Path
    name: str

    @property
    def nodes(self) -> list[str]:
        return [f"{self.name}-node-{index}" for index in range(1, NODES + 1)]

    @property
    def directory(self) -> Path:
        return self.folder / ".provision" / "clusters" / self.name

    def provision(self, command: str, *arguments: str) -> None:
        run([command, "--cluster", self.name, *arguments], self.folder)

    def ssh(self, node: str, command: str) -> str:
        """Run a shell command as root; host keys are checked against those pinned."""
        done = subprocess.run(
            ["ssh", "-F", str(self.directory / "ssh_config"), "-o", "BatchMode=yes", node, command],
            capture_output=True,
            text=True,
            timeout=1800,
        )
        assert done.returncode == 0, f"{node}: {command}: {done.stdout}{done.stderr}"
        return done.stdout

    def address(self, node: str) -> str:
        """The node's address in the cluster's own network."""
        config = (self.directory / "ssh_config").read_text()
        block = config.split(f"Host {node}\n")[1]
        return block.split("HostName ")[1].split()[0]


@pytest.fixture(scope="session")
def box() -> Path:
    if given := os.environ.get("PROVISION_TEST_BOX"):
        return Path(given).absolute()
    path = cache_directory() / "boxes" / f"{recipe_hash()}.box"
    if path.exists():
        print(f"--- box: {path} was made of this very recipe", flush=True)
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    for outdated in path.parent.glob("*.box"):
        outdated.unlink()
    include = (word for package in INCLUDE for word in ("--include", package))
    run(["image", "box", "--provider", "libvirt", "--output", str(path), *include], path.parent)
    return path


def recipe_hash() -> str:
    """Of all of this project that decides a box's content."""
    digest = hashlib.sha256(repr(INCLUDE).encode())
    sources = [Path(module.__file__ or "") for module in (vagrant_box, vagrant_box_files)]
    for file in [*sorted(resource("images", "box").iterdir()), *sources]:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def run(arguments: Sequence[str], folder: Path) -> None:
    """Run provision to its end; what it says goes to the terminal, and how long it took."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "provision", *arguments],
        cwd=folder,
        env=environment(folder),
    )
    print(f"--- provision {arguments[0]}: {time.monotonic() - began:.0f} s", flush=True)
    assert done.returncode == 0, f"provision {' '.join(arguments)}: exit {done.returncode}"


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "NO_COLOR": "1", "PROVISION_DIR": str(folder / ".provision")}


@pytest.fixture(scope="session")
def machines(box: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Machines with Docker and Consul, not yet bootstrapped unless they were kept."""
    keep = os.environ.get("PROVISION_TEST_KEEP")
    folder = Path(keep) if keep else tmp_path_factory.mktemp("vm")
    folder.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(folder, "vmtest")
    up = (
        # One manager: raft's heartbeats do not forgive three emulated machines on two cores,
        # and what is proven here needs no quorum.
        *("up", "--nodes", str(NODES), "--managers", "1", "--cpus", "1", "--memory", "1024"),
        *("--driver", "vagrant", "--driver-option", "provider=libvirt"),
        *("--driver-option", "boot-timeout=1800", "--image", str(box)),
    )
    try:
        if not cluster.directory.exists():
            killed_when("Creating domain", cluster, *up)
        cluster.provision(*up)
        yield cluster
    finally:
        if not keep:
            cluster.provision("down", "--yes")


def killed_when(said: str, cluster: Cluster, *arguments: str) -> None:
    """Run provision until it says something, and kill it with -9; Vagrant is left at work."""
    with subprocess.Popen(
        [sys.executable, "-m", "provision", "--cluster", cluster.name, *arguments],
        cwd=cluster.folder,
        env={**environment(cluster.folder), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        assert running.stdout is not None
        heard = []
        for line in running.stdout:
            heard.append(line)
            if said in line:
                break
        running.kill()
    assert running.returncode == -signal.SIGKILL, "".join(heard)
    print(f"--- provision {arguments[0]}: killed after '{heard[-1].strip()}'", flush=True)


@pytest.fixture(scope="session")
def cluster(machines: Cluster) -> Cluster:
    """The machines, bootstrapped and verified."""
    machines.provision("bootstrap")
    # A node that misses three heartbeats is down, and all its tasks are started anew: five seconds
    # are too few for an emulated machine that is busy starting a container.
    machines.ssh(machines.nodes[0], "docker swarm update --dispatcher-heartbeat 1m")
    machines.provision("verify")
    return machines
