"""What a verification needs to know of a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from provision.verify.consul_tokens import ConsulTokens
from provision.verify.probes.base import Node


@dataclass(frozen=True, slots=True)
class Plan:
    """The cluster as declared, and how to reach it.

    Parameters:
        ssh_config: reaches each node by its name.
        consul: the tokens; None where Consul runs without TLS and ACLs.
        areas: what to prove: of ``machine``, ``docker``, ``consul``, ``swarm``.
        settle: seconds that the cross-node proofs may take, all together, to come true: an
            election under way is not a fault, and autopilot calls a server that came back
            healthy only after ten seconds.
    """

    cluster: str
    nodes: Sequence[Node]
    ssh_config: Path
    consul: ConsulTokens | None = None
    areas: Sequence[str] = ("machine", "docker", "consul", "swarm")
    settle: float = 30.0
