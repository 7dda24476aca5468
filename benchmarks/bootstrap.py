#!/usr/bin/env python3
"""The time of each phase from prompt to verified cluster, beside ansible-playbook.

    benchmarks/bootstrap.py [--no-ansible] [--nodes N] [--release CODENAME]

All start from freshly made machines: provision from its plain node image, and from a baked one,
in which Docker and Consul are already; ansible-playbook from the plain one. They run the same
playbooks (install, consul, swarm) in one run of this script, one after the other, each on machines
of its own. The images are made first and not counted. Figures of different runs do not compare;
quote the ratios.
"""

from __future__ import annotations

import argparse
import os
import resource as resource_usage
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from common import peers
from common.measure import Figures
from common.results import Aim, save

from provision.cluster.bootstrap import bootstrap
from provision.cluster.cluster import Cluster
from provision.cluster.down import down
from provision.cluster.images.bake import bake
from provision.cluster.timing import Timings
from provision.cluster.up import up
from provision.cluster.verify import verify
from provision.resources import resource

PLAYBOOKS = ("install", "consul", "swarm")
AGAIN = "bootstrap again (nothing to change)"


def quiet(machine: str, line: str) -> None:
    """Progress nobody reads here."""


def measure_provision(
    workspace: Path, nodes: int, release: str, *, baked: bool
) -> dict[str, float]:
    """Seconds by phase, from nothing to proven."""
    timings = Timings()
    asked = {"nodes": nodes, "image": release}
    try:
        made = up(workspace, "bench-a", asked, driver="docker", say=quiet, baked=baked)
        assert made.exit_code == 0, "the install play failed"
        formed = bootstrap(workspace, "bench-a")
        assert formed.exit_code == 0, "the bootstrap plays failed"
        timings.seconds = {**made.timings.seconds, **formed.timings.seconds}
        with timings.phase("verify"):
            verdict = verify(workspace, "bench-a")
        assert verdict.exit_code == 0, "the cluster is not proven"
        with timings.phase(AGAIN):
            bootstrap(workspace, "bench-a")
    finally:
        down(workspace, "bench-a", say=quiet)
    return timings.seconds


def measure_ansible(workspace: Path, nodes: int, release: str) -> dict[str, float]:
    """Seconds by playbook on machines made by provision, with pipelining and enough forks."""
    ansible = peers.peer("ansible-playbook")
    timings = Timings()
    environment = {
        **os.environ,
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_FORKS": str(max(5, nodes)),
        "ANSIBLE_HOME": str(workspace / "ansible"),
    }
    try:
        asked = {"nodes": nodes, "image": release}
        up(workspace, "bench-b", asked, driver="docker", say=quiet, install=False)
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
        with timings.phase(AGAIN):
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


def show(title: str, seconds: Mapping[str, float]) -> None:
    print(f"\n{title}")
    for phase, spent in seconds.items():
        print(f"  {phase:<44} {spent:8.1f} s")


def figures_of(phases: Mapping[str, float], cpu: float) -> Figures:
    """All but what is done again."""
    wall = sum(seconds for phase, seconds in phases.items() if phase != AGAIN)
    memory = resource_usage.getrusage(resource_usage.RUSAGE_SELF).ru_maxrss / 1024
    return Figures(wall=wall, cpu=cpu, memory=memory, rounds=1)


def longest(phases: Mapping[str, float]) -> str:
    """Where the time goes, for an aim that is not reached."""
    ranked = sorted(((s, p) for p, s in phases.items() if p != AGAIN), reverse=True)
    return ", ".join(f"{phase} {seconds:.1f} s" for seconds, phase in ranked[:4])


def cpu_seconds() -> float:
    """Of this process and those it has waited for."""
    return sum(os.times()[:4])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--no-ansible", action="store_true", help="only provision")
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--release", default="bookworm", help="Debian's codename")
    options = parser.parse_args()
    bake(options.release, say=quiet)

    figures: dict[str, Figures] = {}
    phases: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        for name, baked in (("provision", False), ("provision, baked image", True)):
            before = cpu_seconds()
            found = measure_provision(Path(folder), options.nodes, options.release, baked=baked)
            phases[name], figures[name] = found, figures_of(found, cpu_seconds() - before)
            show(name, found)
        if not options.no_ansible:
            before = cpu_seconds()
            theirs = measure_ansible(Path(folder), options.nodes, options.release)
            figures["ansible-playbook (not verified)"] = figures_of(theirs, cpu_seconds() - before)
            show("ansible-playbook, pipelining, without making machines and proof", theirs)
            same = sum(phases["provision"][name] for name in PLAYBOOKS)
            peer = sum(theirs[name] for name in PLAYBOOKS)
            print(f"\nsame playbooks, from bare machines: {peer / same:.1f}x faster")
            print(f"nothing to change: {theirs[AGAIN] / phases['provision'][AGAIN]:.1f}x faster")
        print(f"\nwhole run: {time.perf_counter() - began:.0f} s")
    limits = {"provision": ("image present", 35.0), "provision, baked image": ("baked image", 15.0)}
    save(
        "bootstrap",
        f"up, bootstrap and verify, {options.nodes} nodes",
        figures,
        [
            Aim(what, figures[name].wall, limit, unit=" s", note=longest(phases[name]))
            for name, (what, limit) in limits.items()
        ],
    )


if __name__ == "__main__":
    main()
