#!/usr/bin/env python3
"""What distance costs: 50 ms of round-trip time added by a TCP proxy, 52 tasks, 3 nodes.

    benchmarks/latency.py [--rounds N] [--no-ansible]

The figure is round trips: (time with the proxy - time without) / 50 ms, in one run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from common import peers
from common.measure import Contender, interleaved, once
from common.nodes import Nodes, nodes
from common.results import Aim, save

HERE = Path(__file__).resolve().parent
PLAYBOOK = HERE / "plays" / "converged.yml"
ONE_WAY = 25
"""Milliseconds."""


@contextmanager
def proxies(found: Nodes) -> Iterator[dict[str, int]]:
    """Local ports by node, each ONE_WAY away from its node."""
    targets = [f"{each.address}:{each.port}" for each in found.endpoints.values()]
    child = subprocess.Popen(
        [sys.executable, HERE / "common" / "delay.py", str(ONE_WAY), *targets],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        yield {name: int(child.stdout.readline()) for name in found.names}
    finally:
        child.stdin.close()
        child.wait(10)


def renamed(contender: Contender, name: str) -> Contender:
    return Contender(name, contender.argv, contender.env, contender.cwd)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-ansible", action="store_true")
    options = parser.parse_args()
    with nodes(3) as found:
        once(peers.provision(found.inventory(), HERE / "plays" / "prepare.yml"))
        with proxies(found) as ports:
            far = found.inventory("far.yml", ports)
            contenders = [
                peers.provision(found.inventory(), PLAYBOOK),
                renamed(peers.provision(far, PLAYBOOK), "provision, 50 ms away"),
            ]
            if not options.no_ansible:
                contenders += [
                    renamed(peers.ansible(found.inventory(), PLAYBOOK), "ansible"),
                    renamed(peers.ansible(far, PLAYBOOK), "ansible, 50 ms away"),
                ]
            few = {"ansible": 1, "ansible, 50 ms away": 1}
            figures = interleaved(contenders, options.rounds, rounds_of=few)
    round_trip = 2 * ONE_WAY / 1000

    def trips(who: str) -> float:
        return (figures[f"{who}, 50 ms away"].wall - figures[who].wall) / round_trip

    aims = [
        Aim(
            "round trips that 52 tasks, facts and the connection cost",
            trips("provision"),
            15,
            note="about eight are SSH's own: TCP, key exchange, authentication, channel, agent",
        )
    ]
    if not options.no_ansible:
        more = trips("ansible") / trips("provision")
        aims.append(Aim("fewer round trips than ansible", more, 10, True, "x"))
    save("latency", "52 tasks, 50 ms of round-trip time added, 3 nodes", figures, aims)


if __name__ == "__main__":
    main()
