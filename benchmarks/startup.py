#!/usr/bin/env python3
"""Start-up: --help, --syntax-check of the shipped site.yml, beside ansible-playbook's.

benchmarks/startup.py [--rounds N]
"""

from __future__ import annotations

import argparse

from common import peers
from common.measure import Contender, interleaved
from common.results import Aim, against, save

from provision.resources import resource


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    site = resource("playbooks", "site.yml")
    theirs = peers.peer("ansible-playbook")
    figures = interleaved(
        [
            Contender("provision", [peers.PROVISION, "--help"]),
            Contender("ansible-playbook --help", [theirs, "--help"]),
            Contender(
                "provision --syntax-check", [peers.PROVISION, "play", "--syntax-check", site]
            ),
        ],
        rounds,
    )
    save(
        "startup",
        "start-up",
        figures,
        [
            Aim("CPU of provision --help", figures["provision"].cpu, 0.2, unit=" s"),
            Aim(
                "CPU of --syntax-check site.yml",
                figures["provision --syntax-check"].cpu,
                0.5,
                unit=" s",
            ),
            Aim(
                "--help faster than ansible's",
                against(figures, "ansible-playbook --help"),
                1,
                True,
                "x",
            ),
        ],
    )


if __name__ == "__main__":
    main()
