"""Operations on a formed Consul."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from provision.cluster import operation as base
from provision.cluster.operation import SETTLE
from provision.verify.probes import consul
from provision.verify.probes.base import Probe

__all__ = ["SETTLE", "Operation", "operation"]


@dataclass(frozen=True, slots=True)
class Operation(base.Operation):
    """A command at work on a cluster's Consul."""

    subject: ClassVar[str] = "Consul"
    mend: ClassVar[str] = "provision bootstrap consul"

    def probes(self) -> Sequence[Probe]:
        return consul.probes(self.cluster.consul)


operation = Operation.on
