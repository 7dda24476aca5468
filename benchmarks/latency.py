#!/usr/bin/env python3
"""What distance costs: 50 ms of round-trip time added by a TCP proxy, 52 tasks, 3 nodes.

    benchmarks/latency.py [--rounds N] [--no-ansible] [--one-way MILLISECONDS]

The figure is round trips: (time with the proxy - time without) / round-trip time, in one run.
On a machine that has other work, more distance tells them from the noise.
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
HELLO = HERE / "plays" / "hello.yml"
NODES = 3
MORE = 51
"""Tasks that PLAYBOOK has and HELLO has not."""


@contextmanager
def proxies(found: Nodes, one_way: int) -> Iterator[dict[str, int]]:
    """Local ports by node, each so many milliseconds away from its node."""
    targets = [f"{each.address}:{each.port}" for each in found.endpoints.values()]
    child = subprocess.Popen(
        [sys.executable, HERE / "common" / "delay.py", str(one_way), *targets],
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
    parser.add_argument("--one-way", type=int, default=25, help="milliseconds")
    options = parser.parse_args()
    one_way = options.one_way
    with nodes(NODES) as found:
        once(peers.provision(found.inventory(), HERE / "plays" / "prepare.yml"))
        with proxies(found, one_way) as ports:
            far = found.inventory("far.yml", ports)
            near = found.inventory()
            contenders = [
                peers.provision(near, PLAYBOOK),
                renamed(peers.provision(far, PLAYBOOK), "provision, far"),
                renamed(peers.provision(near, HELLO), "provision, 1 task"),
                renamed(peers.provision(far, HELLO), "provision, 1 task, far"),
            ]
            if not options.no_ansible:
                contenders += [
                    renamed(peers.ansible(near, PLAYBOOK), "ansible"),
                    renamed(peers.ansible(far, PLAYBOOK), "ansible, far"),
                ]
            few = {"ansible": 1, "ansible, far": 1}
            figures = interleaved(contenders, options.rounds, rounds_of=few)
    round_trip = 2 * one_way / 1000

    def trips(who: str) -> float:
        return (figures[f"{who}, far"].wall - figures[who].wall) / round_trip

    connecting = trips("provision, 1 task")
    more_tasks = trips("provision") - connecting
    seconds = figures["provision"].wall - figures["provision, 1 task"].wall
    aims = [
        Aim("one more task near by, a host", 1000 * seconds / MORE / NODES, 2, unit=" ms"),
        Aim("round trips of one more task", more_tasks / MORE, 1),
        Aim(f"round trips that {MORE} more tasks cost", more_tasks, 15),
        Aim(
            "round trips that connecting, facts and one task cost",
            connecting,
            15,
            note="SSH's own: TCP, versions, key exchange, authentication, channel, command",
        ),
    ]
    if not options.no_ansible:
        more = trips("ansible") / trips("provision")
        aims.append(Aim("fewer round trips than ansible", more, 10, True, "x"))
    title = f"52 tasks, {2 * one_way} ms of round-trip time added, 3 nodes"
    save("latency", title, figures, aims)


if __name__ == "__main__":
    main()
