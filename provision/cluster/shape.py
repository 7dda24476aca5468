"""What a cluster is to be: how many nodes, how large, in which roles."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from provision.errors import UsageError
from provision.machines.driver import MachineSpec
from provision.verify.probes.base import Node

DEFAULT_NODES = 3

MAX_MANAGERS = 7
"""More managers only slow raft down:
https://docs.docker.com/engine/swarm/admin_guide/#add-manager-nodes-for-fault-tolerance"""

MIN_MEMORY = 512
"""MiB that systemd, dockerd and a Consul server need between them, with room to work."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A declared cluster.

    Parameters:
        nodes: how many machines, at least 1.
        managers: how many of them, the first ones, are swarm managers and Consul servers:
            an odd number, so that losing one never leaves a tie.
        cpus: CPUs a node.
        memory: MiB a node.
        disk: GiB a node; None for what the driver gives.
        subnet: CIDR of the cluster's network; None for one that the driver picks.
        image: node image or box; None for the driver's own.
    """

    nodes: int = DEFAULT_NODES
    managers: int = 3
    cpus: float = 2
    memory: int = 2048
    disk: int | None = None
    subnet: str | None = None
    image: str | None = None

    def __post_init__(self) -> None:
        if self.nodes < 1:
            raise UsageError(f"a cluster of {self.nodes} nodes is none", hint="--nodes 1 or more")
        if self.managers % 2 == 0 or not 1 <= self.managers <= MAX_MANAGERS:
            raise UsageError(
                f"{self.managers} managers cannot form a sound quorum",
                hint=f"--managers takes an odd number from 1 to {MAX_MANAGERS}: "
                "3 tolerate the loss of one, 5 of two",
            )
        if self.managers > self.nodes:
            raise UsageError(
                f"{self.managers} managers do not fit in {self.nodes} nodes",
                hint=f"--managers {default_managers(self.nodes)}, or more --nodes",
            )
        if self.cpus <= 0:
            raise UsageError(f"{self.cpus:g} CPUs a node cannot run anything", hint="--cpus 1")
        if self.memory < MIN_MEMORY:
            raise UsageError(
                f"{self.memory} MiB a node is too little for Docker and Consul",
                hint=f"--memory {MIN_MEMORY} or more (MiB)",
            )
        if self.disk is not None and self.disk < 1:
            raise UsageError(f"{self.disk} GiB of disk cannot hold a node", hint="--disk 10")

    @classmethod
    def declare(cls, asked: Mapping[str, Any], before: Shape | None = None) -> Shape:
        """The shape that a command line asks for.

        Parameters:
            asked: option values; None means not said.
            before: the cluster's shape so far; what is not said stays.

        Raises:
            UsageError: it is impossible, or would change machines that exist.
        """
        said = {key: value for key, value in asked.items() if value is not None}
        if before is None:
            nodes = said.get("nodes", DEFAULT_NODES)
            return cls(**{"managers": default_managers(nodes), **said})
        wanted = dataclasses.replace(before, **said)
        before._refuse_changed_machines(wanted)
        return wanted

    def _refuse_changed_machines(self, wanted: Shape) -> None:
        if wanted.nodes < self.nodes:
            raise UsageError(
                f"the cluster has {self.nodes} nodes; taking some away is not supported yet",
                hint="`provision down` removes the whole cluster",
            )
        for name in ("cpus", "memory", "disk", "subnet", "image"):
            old, new = getattr(self, name), getattr(wanted, name)
            if old != new and old is not None:
                raise UsageError(
                    f"the machines exist with --{name} {old}; --{name} {new} would need new ones",
                    hint=f"leave --{name} out, or `provision down` first",
                )
        if wanted.managers != self.managers and self.managers < self.nodes:
            raise UsageError(
                f"--managers {wanted.managers} would change the role of a node that exists "
                f"(there are {self.managers} managers and {self.nodes - self.managers} workers)",
                hint="leave --managers out, or `provision down` first",
            )
        if wanted.managers < self.managers:
            raise UsageError(
                f"--managers {wanted.managers} would demote a manager",
                hint="leave --managers out, or `provision down` first",
            )

    def specs(self, cluster: str) -> list[MachineSpec]:
        """The machines to create, named ``CLUSTER-node-N``."""
        return [
            MachineSpec(
                name=f"{cluster}-node-{index}",
                index=index,
                cpus=self.cpus,
                memory=self.memory,
                disk=self.disk,
                image=self.image,
            )
            for index in range(1, self.nodes + 1)
        ]

    def node(self, spec: MachineSpec, address: str) -> Node:
        """A machine in its roles."""
        leads = spec.index <= self.managers
        return Node(
            name=spec.name,
            address=address,
            swarm="manager" if leads else "worker",
            consul="server" if leads else "client",
        )


def default_managers(nodes: int) -> int:
    """Three where there are three nodes or more, else one."""
    return 3 if nodes >= 3 else 1
