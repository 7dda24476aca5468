"""What a cluster is to be: how many nodes, how large, in which roles."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from provision.cluster.named import FIRST_NAMED, Named, as_declared, with_others
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
        nodes: how many machines ``CLUSTER-node-N``.
        managers: how many of all machines are swarm managers and Consul servers.
        cpus: CPUs a node.
        memory: MiB a node.
        disk: GiB a node; None for what the driver gives.
        subnet: CIDR of the cluster's network; None for one that the driver picks.
        image: node image or box; None for the driver's own.
        releases: Debian codename by number, for the counted nodes that are not of ``image``.
        named: machines with names of their own, which come after the counted ones.
        insecure_consul: Consul without TLS and ACLs, for throw-away labs.
        numbers: N of each counted machine, in order; empty for 1 to ``nodes``.
        leaders: indexes of the machines that are managers; empty for the first ones.
        availability: in the swarm, by node name: ``drain`` or ``pause``; others are active.
        labels: in the swarm, by node name.
        drain_managers: managers are to run no tasks.
        autolock: whether a manager that restarts needs the swarm's key; None for as it is.
    """

    nodes: int = DEFAULT_NODES
    managers: int = 3
    cpus: float = 2
    memory: int = 2048
    disk: int | None = None
    subnet: str | None = None
    image: str | None = None
    releases: Mapping[int, str] = field(default_factory=dict)
    named: Sequence[Named] = ()
    insecure_consul: bool = False
    numbers: Sequence[int] = ()
    leaders: Sequence[int] = ()
    availability: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    drain_managers: bool = False
    autolock: bool | None = None

    def __post_init__(self) -> None:
        named = tuple(as_declared(entry) for entry in self.named)
        object.__setattr__(self, "named", named)
        object.__setattr__(self, "numbers", tuple(self.numbers))
        object.__setattr__(self, "leaders", tuple(self.leaders))
        # The state file has text for numbers; a machine that goes takes its release along.
        releases = {int(index): name for index, name in self.releases.items()}
        kept = {index: name for index, name in releases.items() if index in self.counted}
        object.__setattr__(self, "releases", kept)
        if self.nodes < (0 if named else 1):
            raise UsageError(f"a cluster of {self.nodes} nodes is none", hint="--nodes 1 or more")
        if named and self.nodes >= FIRST_NAMED:
            raise UsageError(
                f"{self.nodes} nodes are too many beside machines with names of their own",
                hint=f"at most {FIRST_NAMED - 1}",
            )
        if self.managers < 1:
            raise UsageError("a cluster without a manager is none", hint="--managers 1 or more")
        if self.managers > self.total:
            raise _too_many_managers(self.managers, self.total)
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
        _refuse_unsound(said.get("managers"))
        if before is None:
            named = said.get("named", ())
            said.setdefault("nodes", 0 if named else DEFAULT_NODES)
            return cls(**{"managers": default_managers(said["nodes"] + len(named)), **said})
        if "named" in said:
            said["named"] = with_others(before.named, said["named"])
        numbers = _resized(before.counted, said.get("nodes", before.nodes))
        managers = said.pop("managers", None)
        wanted = before._reshaped(numbers, said.pop("named", before.named), managers)
        wanted = dataclasses.replace(wanted, **said)
        before._refuse_changed_machines(wanted)
        return wanted

    def without(self, index: int) -> Shape:
        """The shape with one machine less; if it was a manager, with one manager less."""
        numbers = tuple(number for number in self.counted if number != index)
        named = tuple(entry for entry in self.named if entry.index != index)
        left = [each for each in self.manager_indexes if each != index]
        return self._reshaped(numbers, named, max(1, len(left)))

    def with_role(self, index: int, role: str) -> Shape:
        """The shape with a machine promoted (``manager``) or demoted (``worker``)."""
        leaders = {*self.manager_indexes, index} - ({index} if role == "worker" else set())
        return self._led_by([each for each in self.indexes if each in leaders])

    def with_availability(self, name: str, availability: str) -> Shape:
        """The shape with a node ``active``, ``pause`` or ``drain``."""
        others = {node: said for node, said in self.availability.items() if node != name}
        if availability != "active":
            others[name] = availability
        return dataclasses.replace(self, availability=others)

    def with_labels(self, name: str, labels: Mapping[str, str]) -> Shape:
        """The shape with a node that has these labels."""
        others = {node: said for node, said in self.labels.items() if node != name}
        return dataclasses.replace(self, labels=others | ({name: dict(labels)} if labels else {}))

    def _reshaped(
        self, numbers: Sequence[int], named: Sequence[Named], managers: int | None
    ) -> Shape:
        """With other machines and so many managers: those there are, then the first others."""
        whole = tuple(numbers) == tuple(range(1, len(numbers) + 1))
        indexes = (*numbers, *(entry.index for entry in named))
        if managers is None:
            managers = min(self.managers, len(indexes))
            managers = _odd(managers) if len(indexes) < self.total else managers
        if managers > len(indexes):
            raise _too_many_managers(managers, len(indexes))
        kept = [each for each in indexes if each in self.manager_indexes][:managers]
        others = [each for each in indexes if each not in kept]
        leaders = {*kept, *others[: managers - len(kept)]}
        changed = dataclasses.replace(
            self,
            nodes=len(numbers),
            numbers=() if whole else tuple(numbers),
            named=tuple(named),
            managers=managers,
            leaders=(),
        )
        return changed._led_by([each for each in indexes if each in leaders])

    def _led_by(self, leaders: Sequence[int]) -> Shape:
        first = tuple(leaders) == self.indexes[: len(leaders)]
        return dataclasses.replace(
            self, managers=len(leaders), leaders=() if first else tuple(leaders)
        )

    def _refuse_changed_machines(self, wanted: Shape) -> None:
        for name in ("cpus", "memory", "disk", "subnet", "image"):
            old, new = getattr(self, name), getattr(wanted, name)
            if old != new and old is not None:
                raise UsageError(
                    f"the machines exist with --{name} {old}; --{name} {new} would need new ones",
                    hint=f"leave --{name} out, or `provision down` first",
                )

    @property
    def total(self) -> int:
        """How many machines."""
        return self.nodes + len(self.named)

    @property
    def counted(self) -> tuple[int, ...]:
        """N of each machine ``CLUSTER-node-N``."""
        return tuple(self.numbers) or tuple(range(1, self.nodes + 1))

    @property
    def indexes(self) -> tuple[int, ...]:
        """Of all machines, in order."""
        return (*self.counted, *(entry.index for entry in self.named))

    @property
    def manager_indexes(self) -> tuple[int, ...]:
        """Of the machines that are managers, in order."""
        return tuple(self.leaders) or self.indexes[: self.managers]

    def specs(self, cluster: str) -> list[MachineSpec]:
        """The machines to create: ``CLUSTER-node-N``, then those with names of their own."""
        counted = [
            MachineSpec(
                name=f"{cluster}-node-{index}",
                index=index,
                cpus=self.cpus,
                memory=self.memory,
                disk=self.disk,
                image=self.releases.get(index, self.image),
            )
            for index in self.counted
        ]
        return [*counted, *(entry.spec() for entry in self.named)]

    def node(self, spec: MachineSpec, address: str) -> Node:
        """A machine in its roles."""
        leads = spec.index in self.manager_indexes
        drained = "drain" if leads and self.drain_managers else "active"
        return Node(
            name=spec.name,
            address=address,
            swarm="manager" if leads else "worker",
            consul="server" if leads else "client",
            availability=self.availability.get(spec.name, drained),
        )


def default_managers(nodes: int) -> int:
    """Three where there are three nodes or more, else one."""
    return 3 if nodes >= 3 else 1


def _odd(most: int) -> int:
    """The largest odd number that is not above ``most``."""
    return most - (most % 2 == 0)


def _resized(numbers: Sequence[int], wanted: int) -> list[int]:
    """So many numbers: the lowest free ones come first, the highest go first."""
    if wanted <= len(numbers):
        return list(numbers)[:wanted]
    free = (number for number in range(1, wanted + 1) if number not in numbers)
    return sorted([*numbers, *itertools.islice(free, wanted - len(numbers))])


def _refuse_unsound(managers: int | None) -> None:
    if managers is not None and (managers % 2 == 0 or not 1 <= managers <= MAX_MANAGERS):
        raise UsageError(
            f"{managers} managers cannot form a sound quorum",
            hint=f"--managers takes an odd number from 1 to {MAX_MANAGERS}: "
            "3 tolerate the loss of one, 5 of two",
        )


def _too_many_managers(managers: int, nodes: int) -> UsageError:
    return UsageError(
        f"{managers} managers do not fit in {nodes} nodes",
        hint=f"--managers {default_managers(nodes)}, or more --nodes",
    )
