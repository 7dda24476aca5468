#!/usr/bin/env python3
"""52 tasks and facts on three container nodes: nothing to change, then everything.

    benchmarks/converged.py [--rounds N] [--nodes N]

Contenders: ansible-core with pipelining, with Mitogen, pyinfra, provision, and the limit,
``ssh host true`` on the same nodes at once. In turns, on the same nodes, in one run.
"""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

from common import peers
from common.measure import Contender, interleaved, once
from common.nodes import Nodes, nodes
from common.results import Aim, against, save

HERE = Path(__file__).resolve().parent
PLAYBOOK = HERE / "plays" / "converged.yml"
DEPLOY = HERE / "deploys" / "converged.py"
UNDO = "rm -rf /opt/bench; userdel bench 2>/dev/null; groupdel bench 2>/dev/null; true"


def undo(found: Nodes) -> None:
    """The nodes as if the playbook had never run, the packages apart."""
    for name in found.names:
        subprocess.run(["ssh", "-F", found.ssh_config, name, UNDO], check=True)


def nothing_to_change(found: Nodes, rounds: int) -> None:
    inventory = found.inventory()
    forks = len(found.names)
    contenders = [
        peers.provision(inventory, PLAYBOOK),
        peers.bare_ssh(found.ssh_config, found.names),
        peers.pyinfra(found.pyinfra_inventory(), DEPLOY),
        peers.ansible(inventory, PLAYBOOK, forks, mitogen=True),
        peers.ansible(inventory, PLAYBOOK, forks),
    ]
    slow = {"ansible, pipelining": min(3, rounds), "ansible with Mitogen": min(3, rounds)}
    figures = interleaved(contenders, rounds, rounds_of=slow)
    cpu = figures["ansible, pipelining"].cpu / figures["provision"].cpu
    bare = figures["provision"].wall / figures["ssh host true"].wall
    save(
        "converged",
        f"52 tasks, nothing to change, {forks} nodes",
        figures,
        [
            Aim("faster than ansible-core", against(figures, "ansible, pipelining"), 70, True, "x"),
            Aim("faster than Mitogen", against(figures, "ansible with Mitogen"), 20, True, "x"),
            Aim("faster than pyinfra", against(figures, "pyinfra"), 7, True, "x"),
            Aim("of bare ssh's time", bare, 2, False, "x"),
            Aim("less CPU of the controller than ansible-core", cpu, 40, True, "x"),
        ],
    )


def everything_to_change(found: Nodes, rounds: int) -> None:
    inventory = found.inventory()

    def fresh(contender: Contender) -> Contender:
        return Contender(contender.name, contender.argv, contender.env, None, lambda: undo(found))

    contenders = [
        fresh(peers.provision(inventory, PLAYBOOK)),
        fresh(peers.ansible(inventory, PLAYBOOK, len(found.names))),
    ]
    figures = interleaved(contenders, rounds, warm_up=False)
    save(
        "changing",
        f"52 tasks, everything to change, {len(found.names)} nodes",
        figures,
        [Aim("faster than ansible-core", against(figures, "ansible, pipelining"), 30, True, "x")],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--nodes", type=int, default=3)
    options = parser.parse_args()
    with nodes(options.nodes) as found:
        once(peers.provision(found.inventory(), HERE / "plays" / "prepare.yml"))
        nothing_to_change(found, options.rounds)
        everything_to_change(found, min(3, options.rounds))


if __name__ == "__main__":
    main()
