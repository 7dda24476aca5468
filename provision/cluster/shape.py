"""What a cluster is to be: how many nodes, how large, in which roles."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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


FIRST_NAMED = 101
"""Index of the first machine that has a name of its own. Indexes decide addresses, so they lie
beyond those of the counted nodes."""


@dataclass(frozen=True, slots=True)
class Named:
    """A machine with a name of its own, beside the counted ones.

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


@dataclass(frozen=True, slots=True)
class Shape:
    """A declared cluster.

    Parameters:
        nodes: how many machines ``CLUSTER-node-N``.
        managers: how many of them, the first ones, are swarm managers and Consul servers:
            an odd number, so that losing one never leaves a tie.
        cpus: CPUs a node.
        memory: MiB a node.
        disk: GiB a node; None for what the driver gives.
        subnet: CIDR of the cluster's network; None for one that the driver picks.
        image: node image or box; None for the driver's own.
        named: machines with names of their own, which come after the counted ones.
        insecure_consul: Consul without TLS and ACLs, for throw-away labs.
    """

    nodes: int = DEFAULT_NODES
    managers: int = 3
    cpus: float = 2
    memory: int = 2048
    disk: int | None = None
    subnet: str | None = None
    image: str | None = None
    named: Sequence[Named] = ()
    insecure_consul: bool = False

    def __post_init__(self) -> None:
        named = tuple(_named(entry) for entry in self.named)
        object.__setattr__(self, "named", named)
        if self.nodes < (0 if named else 1):
            raise UsageError(f"a cluster of {self.nodes} nodes is none", hint="--nodes 1 or more")
        if named and self.nodes >= FIRST_NAMED:
            raise UsageError(
                f"{self.nodes} nodes are too many beside machines with names of their own",
                hint=f"at most {FIRST_NAMED - 1}",
            )
        if self.managers % 2 == 0 or not 1 <= self.managers <= MAX_MANAGERS:
            raise UsageError(
                f"{self.managers} managers cannot form a sound quorum",
                hint=f"--managers takes an odd number from 1 to {MAX_MANAGERS}: "
                "3 tolerate the loss of one, 5 of two",
            )
        if self.managers > self.total:
            raise UsageError(
                f"{self.managers} managers do not fit in {self.total} nodes",
                hint=f"--managers {default_managers(self.total)}, or more --nodes",
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
            named = said.get("named", ())
            said.setdefault("nodes", 0 if named else DEFAULT_NODES)
            return cls(**{"managers": default_managers(said["nodes"] + len(named)), **said})
        if "named" in said:
            said["named"] = before._with(said["named"])
        wanted = dataclasses.replace(before, **said)
        before._refuse_changed_machines(wanted)
        return wanted

    def _with(self, more: Sequence[Named]) -> tuple[Named, ...]:
        """The named machines with others added; those that are known keep their place."""
        named = {entry.name: entry for entry in self.named}
        free = max((entry.index for entry in self.named), default=FIRST_NAMED - 1) + 1
        for entry in more:
            known = named.get(entry.name)
            index = known.index if known else free
            free += known is None
            named[entry.name] = dataclasses.replace(entry, index=index)
        return tuple(named.values())

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
        if wanted.managers != self.managers and self.managers < self.total:
            raise UsageError(
                f"--managers {wanted.managers} would change the role of a node that exists "
                f"(there are {self.managers} managers and {self.total - self.managers} workers)",
                hint="leave --managers out, or `provision down` first",
            )
        if wanted.managers < self.managers:
            raise UsageError(
                f"--managers {wanted.managers} would demote a manager",
                hint="leave --managers out, or `provision down` first",
            )

    @property
    def total(self) -> int:
        """How many machines."""
        return self.nodes + len(self.named)

    def specs(self, cluster: str) -> list[MachineSpec]:
        """The machines to create: ``CLUSTER-node-N``, then those with names of their own."""
        counted = [
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
        return [*counted, *(entry.spec() for entry in self.named)]

    def node(self, spec: MachineSpec, address: str) -> Node:
        """A machine in its roles."""
        places = {entry.name: self.nodes + n for n, entry in enumerate(self.named, 1)}
        leads = places.get(spec.name, spec.index) <= self.managers
        return Node(
            name=spec.name,
            address=address,
            swarm="manager" if leads else "worker",
            consul="server" if leads else "client",
        )


def _named(entry: Named | Mapping[str, Any]) -> Named:
    """As declared, or as the state file has it."""
    if isinstance(entry, Named):
        return entry
    return Named(**{**entry, "tls_sans": tuple(entry.get("tls_sans", ()))})


def default_managers(nodes: int) -> int:
    """Three where there are three nodes or more, else one."""
    return 3 if nodes >= 3 else 1
