"""The packages that a node's Docker Engine is made of, and what upgrading them would bring."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from provision.cluster.operation import Operation
from provision.errors import MachineError
from provision.verify.probes.base import Node

ENGINES = ("docker.io", "docker-ce")
"""Debian's package and Docker's."""

_PARTS = (*ENGINES, "docker-cli", "docker-ce-cli", "containerd", "containerd.io", "runc")

_ASK = (
    "apt-get -qq update >&2; "
    f"there=$(dpkg-query -W -f '${{Package}} ${{db:Status-Status}}\\n' {' '.join(_PARTS)} "
    "2>/dev/null | sed -n 's/ installed$//p'); "
    "echo have $there; "
    "apt-get -s -q --only-upgrade --no-install-recommends install $there"
)

# "Inst docker.io [20.10.5+dfsg1-1+deb11u4] (20.10.24+dfsg1-1+deb12u1 Debian:12/stable [amd64])"
_CHANGE = re.compile(r"^Inst (\S+) (?:\[(\S+)\] )?\((\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Change:
    """A package that would be another version; ``old`` is "" for one that would be new."""

    name: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.name} {self.old} -> {self.new}" if self.old else f"{self.name} {self.new}"


def changes(work: Operation, node: Node) -> list[Change]:
    """What upgrading a node's Engine would change. Reads the package lists anew, nothing else.

    Raises:
        MachineError: apt does not answer, or the Engine is no package there.
    """
    said = work.module(node, "shell", {"cmd": f"set -e; {_ASK}"})["stdout"]
    have = re.search(r"^have (.*)$", said, re.MULTILINE)
    installed = have[1].split() if have else []
    if not set(installed) & set(ENGINES):
        raise MachineError(
            "its Docker Engine is no package of Debian's or Docker's",
            host=node.name,
            hint="upgrade it the way it was installed",
        )
    return parse(said)


def parse(simulated: str) -> list[Change]:
    """What ``apt-get --simulate`` says that it would install."""
    return [Change(name, old or "", new) for name, old, new in _CHANGE.findall(simulated)]


def shown(found: Sequence[Change]) -> str:
    """The changes in one line."""
    return ", ".join(map(str, found)) or "nothing"
