"""Machines with names of their own, beside a cluster's counted nodes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from provision.machines.driver import MachineSpec

FIRST_NAMED = 101
"""Index of the first machine that has a name of its own. Indexes decide addresses, so they lie
beyond those of the counted nodes."""


@dataclass(frozen=True, slots=True)
class Named:
    """One of them.

    Parameters:
        driver: what it comes from.
        options: its driver's, such as a server's address.
        tls_sans: further names and addresses in its certificate.
    """

    name: str
    index: int
    driver: str
    cpus: float = 2
    memory: int = 2048
    disk: int | None = None
    image: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    tls_sans: tuple[str, ...] = ()

    def spec(self) -> MachineSpec:
        return MachineSpec(
            self.name, self.index, self.cpus, self.memory, self.disk, self.image, self.options
        )


def as_declared(entry: Named | Mapping[str, Any]) -> Named:
    """From what was declared, or from the state file."""
    if isinstance(entry, Named):
        return entry
    return Named(**{**entry, "tls_sans": tuple(entry.get("tls_sans", ()))})


def with_others(present: Sequence[Named], more: Sequence[Named]) -> tuple[Named, ...]:
    """Others added; those that are known keep their place."""
    named = {entry.name: entry for entry in present}
    free = max((entry.index for entry in present), default=FIRST_NAMED - 1) + 1
    for entry in more:
        known = named.get(entry.name)
        index = known.index if known else free
        free += known is None
        named[entry.name] = dataclasses.replace(entry, index=index)
    return tuple(named.values())
