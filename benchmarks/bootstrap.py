#!/usr/bin/env python3
"""The time of each phase from prompt to verified cluster, beside ansible-playbook.

    benchmarks/bootstrap.py [--cold] [--no-ansible] [--nodes N] [--json FILE]

Both tools start from the same point: freshly made machines with nothing installed. They run
the same playbooks (install, consul, swarm) in one run of this script, one after the other, each
on machines of its own. ``--cold`` also builds the node image. Figures of different runs do not
compare; quote the ratios.

ansible-playbook is installed from PyPI into a venv of its own beside this file, on first use.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from provision.cluster.bootstrap import bootstrap
from provision.cluster.cluster import Cluster
from provision.cluster.down import down
from provision.cluster.timing import Timings
from provision.cluster.up import up
from provision.cluster.verify import verify
from provision.resources import resource

HERE = Path(__file__).parent
PEERS = HERE / ".venv-peers"
PLAYBOOKS = ("install", "consul", "swarm")


def quiet(machine: str, line: str) -> None:
    """Progress nobody reads here."""


def measure_provision(workspace: Path, nodes: int) -> dict[str, float]:
    """Seconds by phase, from nothing to proven."""
    timings = Timings()
    try:
        made = up(workspace, "bench-a", {"nodes": nodes}, driver=None, say=quiet)
        assert made.exit_code == 0, "the install play failed"
        formed = bootstrap(workspace, "bench-a")
        assert formed.exit_code == 0, "the bootstrap plays failed"
        timings.seconds = {**made.timings.seconds, **formed.timings.seconds}
        with timings.phase("verify"):
            verdict = verify(workspace, "bench-a")
        assert verdict.exit_code == 0, "the cluster is not proven"
        with timings.phase("bootstrap again (nothing to change)"):
            bootstrap(workspace, "bench-a")
    finally:
        down(workspace, "bench-a", say=quiet)
    return timings.seconds


def measure_ansible(workspace: Path, nodes: int) -> dict[str, float]:
    """Seconds by playbook on machines made by provision, with pipelining and enough forks."""
    ansible = peer("ansible-playbook")
    timings = Timings()
    environment = {
        **os.environ,
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_FORKS": str(max(5, nodes)),
        "ANSIBLE_HOME": str(workspace / "ansible"),
    }
    try:
        up(workspace, "bench-b", {"nodes": nodes}, driver=None, say=quiet, install=False)
        inventory = Cluster.open(workspace, "bench-b").store.inventory
        # community.docker's modules need the Docker SDK on the node; ours do not.
        extra = ["-e", "docker_python_sdk=true"]
        for name in PLAYBOOKS:
            with timings.phase(name):
                subprocess.run(
                    [ansible, "-i", inventory, resource("playbooks", f"{name}.yml"), *extra],
                    env=environment,
                    check=True,
                    stdout=subprocess.DEVNULL,
                )
        with timings.phase("consul and swarm again (nothing to change)"):
            for name in PLAYBOOKS[1:]:
                subprocess.run(
                    [ansible, "-i", inventory, resource("playbooks", f"{name}.yml"), *extra],
                    env=environment,
                    check=True,
                    stdout=subprocess.DEVNULL,
                )
    finally:
        down(workspace, "bench-b", say=quiet)
    return timings.seconds


def peer(command: str) -> Path:
    """A peer's command, from a venv that keeps its dependencies away from ours."""
    found = PEERS / "bin" / command
    if not found.exists():
        print("installing ansible from PyPI, once", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", PEERS], check=True)
        pip = PEERS / "bin" / "pip"
        subprocess.run([pip, "install", "-q", "ansible>=12,<13"], check=True)
    return found


def show(title: str, seconds: dict[str, float]) -> None:
    print(f"\n{title}")
    for phase, spent in seconds.items():
        print(f"  {phase:<44} {spent:8.1f} s")
    print(f"  {'total':<44} {sum(seconds.values()):8.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cold", action="store_true", help="remove the node image first")
    parser.add_argument("--no-ansible", action="store_true", help="only provision")
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()

    if options.cold:
        remove_node_images()
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        ours = measure_provision(Path(folder), options.nodes)
        show(f"provision, {options.nodes} nodes{', image built' if options.cold else ''}", ours)
        results = {"machine": platform.platform(), "cpus": os.cpu_count(), "provision": ours}
        if not options.no_ansible:
            theirs = measure_ansible(Path(folder), options.nodes)
            show(f"ansible-playbook, {options.nodes} nodes, pipelining", theirs)
            results["ansible"] = theirs
            same = sum(ours[name] for name in PLAYBOOKS)
            peers = sum(theirs[name] for name in PLAYBOOKS)
            again = theirs["consul and swarm again (nothing to change)"]
            mine = ours["bootstrap again (nothing to change)"]
            print(f"\nsame playbooks, from bare machines: {peers / same:.1f}x faster")
            print(f"nothing to change:                  {again / mine:.1f}x faster")
        print(f"\nwhole run: {time.perf_counter() - start:.0f} s")
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


def remove_node_images() -> None:
    import docker

    engine = docker.from_env()
    for image in engine.images.list(name="provision-node"):
        engine.images.remove(image.id, force=True)


if __name__ == "__main__":
    main()
