"""A real Dask cluster: a scheduler and worker processes of this machine."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

LOOPBACK = ("--host", "127.0.0.1", "--no-dashboard")


@dataclass
class DaskCluster:
    """Processes, and what they print."""

    address: str
    scheduler: subprocess.Popen[str]
    extra: Sequence[str] = ()
    workers: list[subprocess.Popen[str]] = field(default_factory=list)

    def add_workers(self, count: int) -> None:
        # No nanny: a killed worker stays dead.
        command = [self.address, *LOOPBACK, *self.extra, "--no-nanny", "--nthreads", "1"]
        started = [_start("dask_worker", *command) for _ in range(count)]
        self.workers += started
        for process in started:
            _wait_for(process, r"(Registered to):")

    def worker_with_port(self, port: int) -> subprocess.Popen[str]:
        """The worker whose connection leaves from this TCP port."""
        import psutil

        for process in self.workers:
            if process.poll() is None:
                open_ = psutil.Process(process.pid).net_connections("tcp")
                if any(each.laddr and each.laddr.port == port for each in open_):
                    return process
        raise AssertionError(f"no worker has port {port}")

    def stop(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


def start(extra: Sequence[str] = (), protocol: str = "tcp", workers: int = 0) -> DaskCluster:
    port = ("--port", "0", "--protocol", protocol)
    scheduler = _start("dask_scheduler", *LOOPBACK, *port, *extra)
    address = _wait_for(scheduler, r"Scheduler at:\s*(\S+)")
    cluster = DaskCluster(address, scheduler, extra)
    try:
        cluster.add_workers(workers)
    except BaseException:
        cluster.stop()
        raise
    return cluster


def _start(program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.{program}", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def _wait_for(process: subprocess.Popen[str], pattern: str) -> str:
    """What a process prints that matches; everything else it prints is thrown away."""
    assert process.stderr is not None
    seen: list[str] = []
    for line in process.stderr:
        seen.append(line)
        if found := re.search(pattern, line):
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return found[1]
    raise AssertionError("".join(seen))


@pytest.fixture(scope="session")
def dask() -> Iterator[DaskCluster]:
    """Three workers. Tests that kill one add another."""
    cluster = start(workers=3)
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def one_node_thrice(node: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An inventory of three hosts, which are one machine: sessions are by host."""
    path = tmp_path_factory.mktemp("dask") / "hosts.ini"
    way = (
        f"ansible_host={node.address} ansible_port={node.port} ansible_user={node.user} "
        f"ansible_ssh_private_key_file={node.key_file} "
        f"ansible_ssh_common_args='-o UserKnownHostsFile={node.known_hosts}'"
    )
    path.write_text("".join(f"{name} {way}\n" for name in ("ada", "bob", "cyd")))
    return path
