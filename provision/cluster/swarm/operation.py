"""Operations on a formed swarm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from provision.cluster.operation import Operation
from provision.verify.probes import swarm
from provision.verify.probes.base import Probe


@dataclass(frozen=True, slots=True)
class SwarmOperation(Operation):
    """A command at work on a cluster's swarm."""

    subject: ClassVar[str] = "the swarm"
    mend: ClassVar[str] = "provision bootstrap swarm"

    def probes(self) -> Sequence[Probe]:
        return swarm.PROBES
