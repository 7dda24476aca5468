"""Operations on a formed Consul."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from provision.cluster import operation as base
from provision.cluster.cluster import Cluster
from provision.cluster.operation import SETTLE
from provision.inventory import load_inventory
from provision.verify.probes import consul
from provision.verify.probes.base import Node, Probe

__all__ = ["SETTLE", "Operation", "data_directory", "operation"]

_DATA = "/var/lib/consul"
"""The role's default for consul_data_dir."""


@dataclass(frozen=True, slots=True)
class Operation(base.Operation):
    """A command at work on a cluster's Consul."""

    subject: ClassVar[str] = "Consul"
    mend: ClassVar[str] = "provision bootstrap consul"

    def probes(self) -> Sequence[Probe]:
        return consul.probes(self.cluster.consul)


operation = Operation.on


def data_directory(cluster: Cluster, node: Node) -> str:
    """Where Consul keeps its data on a node, quoted for a shell."""
    inventory = load_inventory([str(cluster.store.inventory)])
    hosts = inventory.match(node.name)
    return shlex.quote(str(inventory.variables(hosts[0]).get("consul_data_dir", _DATA)))
