"""Which Debian release each node runs, as a command line says it.

A release decides what a machine is made from, so it concerns machines that are yet to be made:
one that exists keeps its own, and a cluster may mix them.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from provision.cluster.shape import Shape
from provision.errors import UsageError
from provision.machines.releases import DEFAULT_RELEASE, release


def declare(asked: Mapping[str, Any], before: Shape | None, cluster: str) -> Shape:
    """The shape that a command line asks for, releases included.

    Parameters:
        asked: as ``Shape.declare`` takes it, and ``release``: of the nodes that are made now;
            ``node_releases``: NODE -> release.
        before: the cluster's shape so far; None where no machine exists.

    Raises:
        UsageError: no such release or node, or a machine that exists would have to be another.
    """
    rest = dict(asked)
    of_new = rest.pop("release", None)
    of_nodes = rest.pop("node_releases", None) or {}
    if of_new is None and not of_nodes:
        return Shape.declare(rest, before)
    if rest.get("image") is not None:
        raise UsageError(
            "--image and --release both say what nodes are made from", hint="leave one out"
        )
    wanted = release(of_new) if of_new is not None else None
    single = {_number(node, cluster): release(text) for node, text in of_nodes.items()}
    shape = Shape.declare({**rest, "image": None if before else wanted}, before)
    if not shape.counted:
        raise UsageError(
            "--release concerns machines that are made, not servers that exist",
            hint="they keep the system that they run",
        )
    for number in single:
        if number not in shape.counted:
            raise UsageError(
                f"the cluster has no {cluster}-node-{number}",
                hint=f"there are {', '.join(f'{cluster}-node-{n}' for n in shape.counted)}",
            )
    if before is None:
        return dataclasses.replace(shape, releases=single)
    new = [number for number in shape.counted if number not in before.counted]
    _refuse_others(before, wanted, single, bool(new), cluster)
    of_made = dict.fromkeys(new, wanted) if wanted else {}
    return dataclasses.replace(shape, releases={**shape.releases, **of_made, **single})


def with_release(shape: Shape, cluster: str, node: str, text: str) -> Shape:
    """The shape with a node of another release, for a machine that is made anew.

    Raises:
        UsageError: no such release, or the machine has a name and so an image of its own.
    """
    codename = release(text)
    numbers = {f"{cluster}-node-{number}": number for number in shape.counted}
    if node not in numbers:
        raise UsageError(
            f"{node} is none of the counted nodes, whose release can be chosen",
            hint="`provision machine create --image` says what a machine of its own is made from",
        )
    return dataclasses.replace(shape, releases={**shape.releases, numbers[node]: codename})


def _refuse_others(
    before: Shape, wanted: str | None, single: Mapping[int, str], growing: bool, cluster: str
) -> None:
    running = {
        number: before.releases.get(number) or before.image or DEFAULT_RELEASE
        for number in before.counted
    }
    for number, codename in single.items():
        if running.get(number, codename) != codename:
            raise UsageError(
                f"{cluster}-node-{number} runs {running[number]}; {codename} needs another machine",
                hint="leave --node-release out for it, or: "
                f"`provision node replace {number} --release {codename}`",
            )
    # With as many nodes as before it may be the command that made them, run again.
    if wanted and not growing and wanted not in running.values():
        raise UsageError(
            f"the nodes run {', '.join(sorted(set(running.values())))}; --release {wanted} "
            "is for nodes that are made",
            hint=f"grow the cluster: --nodes {before.nodes + 1} --release {wanted}",
        )


def _number(node: str, cluster: str) -> int:
    """The number of a node that is named by it or by its machine's name."""
    match = re.fullmatch(rf"(?:{re.escape(cluster)}-node-)?([1-9]\d*)", node)
    if match is None:
        raise UsageError(
            f"--node-release {node}=...: that is no node of cluster '{cluster}'",
            hint=f"a number or a name, such as {cluster}-node-1",
        )
    return int(match[1])
