#!/usr/bin/env python3
"""Copying: one large file beside scp; a tree of small files beside ansible's copy.

    benchmarks/files.py [--rounds N] [--megabytes N] [--small N] [--ansible-small N]

Ansible copies a tree file by file, so it is given a smaller one and its time is scaled up.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from pathlib import Path

from common import peers
from common.measure import Contender, Figures, interleaved, once
from common.nodes import Nodes, nodes
from common.results import Aim, against, save

HERE = Path(__file__).resolve().parent
LARGE = HERE / "plays" / "large.yml"
TREE = HERE / "plays" / "tree.yml"


def without(found: Nodes, path: str) -> None:
    for name in found.names:
        subprocess.run(["ssh", "-F", found.ssh_config, name, f"rm -rf {path}"], check=True)


def scp(found: Nodes, file: Path) -> Contender:
    copies = "".join(
        f"scp -q -F {found.ssh_config} {file} {name}:/opt/bench-large & " for name in found.names
    )
    return Contender(
        "scp", ["/bin/sh", "-c", copies + "wait"], before=lambda: without(found, "/opt/bench-large")
    )


def again(contender: Contender, name: str, found: Nodes, path: str | None) -> Contender:
    before = (lambda: without(found, path)) if path else None
    return Contender(name, contender.argv, contender.env, contender.cwd, before)


def make_tree(root: Path, count: int) -> Path:
    for number in range(count):
        folder = root / f"folder{number % 50}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"file{number}").write_bytes(os.urandom(500))
    return root


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--small", type=int, default=2000)
    parser.add_argument("--ansible-small", type=int, default=100)
    options = parser.parse_args()
    with nodes(3) as found, tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "large"
        large.write_bytes(os.urandom(options.megabytes << 20))
        inventory = found.inventory()
        ours = peers.provision(inventory, LARGE, "-e", f"large_file={large}")
        figures = interleaved(
            [again(ours, "provision", found, "/opt/bench-large"), scp(found, large)],
            options.rounds,
            warm_up=False,
        )
        ratio = figures["provision"].wall / figures["scp"].wall
        note = "SHA-1, MD5 and Paramiko's packets of 32 KiB, in Python"
        save(
            "large-file",
            f"{options.megabytes} MB to 3 nodes",
            figures,
            [Aim("of scp's time", ratio, 1.3, unit="x", note=note)],
        )
        tree = make_tree(Path(folder) / "tree", options.small)
        part = make_tree(Path(folder) / "part", options.ansible_small)
        first = peers.provision(inventory, TREE, "-e", f"tree={tree}")
        theirs = peers.ansible(inventory, TREE, 5, False, "-e", f"tree={part}")
        figures = interleaved(
            [again(first, "provision", found, "/opt/bench-tree")], options.rounds, warm_up=False
        )
        once(first)
        unchanged = interleaved(
            [again(first, "provision, unchanged", found, None)], options.rounds, warm_up=False
        )
        sample = once(again(theirs, "ansible", found, "/opt/bench-tree"))
        scale = options.small / options.ansible_small
        figures["provision, unchanged"] = unchanged["provision, unchanged"]
        figures["ansible (scaled up)"] = Figures(
            sample.wall * scale, sample.cpu * scale, sample.memory, 1
        )
        save(
            "tree",
            f"{options.small} small files to 3 nodes",
            figures,
            [
                Aim("faster than ansible", against(figures, "ansible (scaled up)"), 30, True, "x"),
                Aim("unchanged tree", unchanged["provision, unchanged"].wall, 1, unit=" s"),
            ],
        )


if __name__ == "__main__":
    main()
