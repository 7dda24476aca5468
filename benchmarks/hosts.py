#!/usr/bin/env python3
"""Many hosts: real sshd instances on loopback addresses of this machine, 20 tasks.

    benchmarks/hosts.py [--counts 10,50,100,200] [--rounds N]
                        [--ansible-up-to N] [--ansible-forks N]

The servers and the agents behind them share the machine with the controller, so wall time says
less here than the controller's CPU and memory. Needs sshd (the package openssh-server). Results
are written after each count.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from common import peers
from common.measure import Contender, Figures, interleaved
from common.results import Aim, save

HERE = Path(__file__).resolve().parent
PLAYBOOK = HERE / "plays" / "twenty.yml"
PORT = 22022
MOST = 200
PATIENCE = 30
"""Seconds for the servers to begin."""


def address(number: int) -> str:
    return f"127.0.1.{number + 1}"


@contextmanager
def servers(count: int) -> Iterator[Path]:
    """That many sshd, each on an address of its own, gone at the end; their inventory."""
    program = shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
    if program is None:
        raise SystemExit("sshd is not installed; its package is openssh-server")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for key in ("host", "user"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key]
            subprocess.run(command, check=True)
        shutil.copy(folder / "user.pub", folder / "authorized")
        if os.geteuid() == 0:  # sshd's privilege separation wants it, and only root has that
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        running = []
        try:
            for number in range(count):
                config = folder / f"sshd{number}"
                config.write_text(
                    f"ListenAddress {address(number)}\nPort {PORT}\nHostKey {folder}/host\n"
                    f"AuthorizedKeysFile {folder}/authorized\nPidFile none\nUsePAM no\n"
                    "StrictModes no\nPermitRootLogin prohibit-password\nMaxStartups 100\n"
                    "PasswordAuthentication no\nUseDNS no\n"
                    # A developer's .bashrc (pyenv: 0.5 s behind a lock) is on no node.
                    f"SetEnv HOME={folder}\n"
                )
                running.append(
                    subprocess.Popen([program, "-D", "-f", config], stderr=subprocess.DEVNULL)
                )
            _await(count)
            yield _inventory(folder, count)
        finally:
            for server in running:
                server.terminate()
            for server in running:
                server.wait(10)


def _await(count: int) -> None:
    """Until the last server listens."""
    deadline = time.monotonic() + PATIENCE
    for number in range(count):
        while True:
            try:
                socket.create_connection((address(number), PORT), PATIENCE).close()
                break
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise SystemExit(f"no sshd on {address(number)}:{PORT}") from None
                time.sleep(0.1)


def _inventory(folder: Path, count: int) -> Path:
    host_key = (folder / "host.pub").read_text()
    known = folder / "known_hosts"
    known.write_text("".join(f"[{address(n)}]:{PORT} {host_key}" for n in range(count)))
    hosts = {f"host{n}": {"ansible_host": address(n)} for n in range(count)}
    shared = {
        "ansible_port": PORT,
        "ansible_user": getpass.getuser(),
        "ansible_ssh_private_key_file": str(folder / "user"),
        "ansible_ssh_common_args": f"-o UserKnownHostsFile={known}",
        "ansible_python_interpreter": shutil.which("python3", path="/usr/bin:/bin"),
        "bench_root": str(folder / "work"),
    }
    path = folder / "hosts.yml"
    path.write_text(json.dumps({"all": {"hosts": hosts, "vars": shared}}))
    return path


def report(figures: Mapping[str, Figures], counts: list[int]) -> None:
    """What has been measured so far."""
    least, most = (figures[f"provision, {count} hosts"] for count in (counts[0], counts[-1]))
    aims = [Aim("memory a host beyond 80 MiB", (most.memory - 80) / counts[-1], 2, unit=" MiB")]
    if len(counts) > 1:
        growth = counts[-1] / counts[0]
        aims += [
            Aim("wall time's growth per growth of hosts", most.wall / least.wall / growth, 1),
            Aim("CPU's growth per growth of hosts", most.cpu / least.cpu / growth, 1),
        ]
    both = [count for count in counts if f"ansible, {count} hosts" in figures]
    if both:
        count = both[-1]
        ratio = figures[f"ansible, {count} hosts"].wall / figures[f"provision, {count} hosts"].wall
        aims.append(Aim(f"faster than ansible-core at {count} hosts", ratio, 20, True, "x"))
    save("hosts", "20 tasks, many hosts", figures, aims, base=f"provision, {counts[0]} hosts")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--counts", default="10,50,100,200")
    parser.add_argument("--ansible-up-to", type=int, default=100)
    parser.add_argument("--ansible-forks", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    counts = [min(MOST, int(count)) for count in options.counts.split(",")]
    figures: dict[str, Figures] = {}
    for position, count in enumerate(counts):
        with servers(count) as inventory:
            ours = peers.provision(inventory, PLAYBOOK, "-f", str(count))
            contenders = [Contender(f"provision, {count} hosts", ours.argv)]
            name = f"ansible, {count} hosts"
            if count <= options.ansible_up_to:
                theirs = peers.ansible(inventory, PLAYBOOK, min(count, options.ansible_forks))
                contenders.append(Contender(name, theirs.argv, theirs.env))
            # Minutes: once, and warm from the count before.
            cold = {name} if position else set()
            figures |= interleaved(contenders, options.rounds, rounds_of={name: 1}, cold=cold)
        report(figures, counts[: position + 1])


if __name__ == "__main__":
    main()
