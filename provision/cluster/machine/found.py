"""One machine at a time: which there are, in which cluster."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from provision.cluster.cluster import Cluster
from provision.errors import UsageError, did_you_mean
from provision.machines.driver import Endpoint, Machine, MachineState
from provision.machines.store import ClusterStore

OWN_CLUSTER = "machines"
"""Where `machine create` puts machines if no cluster is named."""


@dataclass(frozen=True, slots=True)
class Found:
    """A machine and the cluster that it is in."""

    cluster: Cluster
    name: str

    @property
    def endpoint(self) -> Endpoint:
        return self.cluster.endpoints[self.name]

    @property
    def driver(self) -> str:
        """The name of the driver that it comes from."""
        named = {entry.name: entry.driver for entry in self.cluster.shape.named}
        return named.get(self.name, self.cluster.driver.name)

    def machine(self) -> Machine:
        """As its driver sees it now; ``absent`` if it is gone."""
        for machine in self.cluster.driver.machines(self.cluster.spec):
            if machine.name == self.name:
                return machine
        return Machine(self.name, 0, MachineState.ABSENT, self.driver)


def host_vars(store: ClusterStore, machine: str) -> Path:
    """The file of one machine's own variables."""
    return store.directory / "host_vars" / f"{machine}.yml"


def every(workspace: Path, cluster: str | None = None) -> list[Found]:
    """All machines whose creation finished.

    Parameters:
        cluster: only this one's; None for all clusters.
    """
    names = ClusterStore.names(workspace) if cluster is None else [cluster]
    opened = [Cluster.open(workspace, name) for name in names]
    return [Found(each, name) for each in opened for name in each.endpoints]


def find(workspace: Path, cluster: str, name: str | None, *, only_there: bool) -> Found:
    """The machine of that name.

    Parameters:
        cluster: where to look first.
        name: its name, or its number in the cluster; None means the only one there is.
        only_there: do not look in other clusters.

    Raises:
        UsageError: there is none, or several clusters have one.
    """
    known = every(workspace, cluster if only_there else None)
    if name is None:
        return _only(known, cluster)
    wanted = f"{cluster}-node-{name}" if name.isdigit() else name
    matching = [found for found in known if found.name == wanted]
    first = [found for found in matching if found.cluster.name == cluster]
    if len(first or matching) == 1:
        return (first or matching)[0]
    if matching:
        where = ", ".join(found.cluster.name for found in matching)
        raise UsageError(f"several clusters have a machine '{name}': {where}", hint="--cluster")
    names = sorted(found.name for found in known)
    raise UsageError(
        f"there is no machine '{wanted}'",
        # Of a wrong number every machine's name would be near.
        hint=("" if name.isdigit() else did_you_mean(wanted, names))
        or (f"there are: {', '.join(names)}" if names else "`provision machine create` makes one"),
    )


def _only(known: list[Found], cluster: str) -> Found:
    mine = [found for found in known if found.cluster.name == cluster] or known
    if len(mine) == 1:
        return mine[0]
    names = ", ".join(found.name for found in mine) or "none yet"
    raise UsageError("which machine?", hint=f"there are: {names}")
