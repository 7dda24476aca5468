"""`provision down`: leave nothing behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from provision.cluster.cluster import Cluster
from provision.cluster.docker_context import remove_context
from provision.cluster.machines import Found
from provision.errors import MachineError, ProvisionError
from provision.machines.driver import Progress


def down(workspace: Path, name: str, *, say: Progress) -> list[str]:
    """Destroy the cluster's machines, network and state; the names of the machines.

    What belongs to it is found by label, so machines that the state does not know of go too.

    Raises:
        UsageError: there is no such cluster.
        MachineError: something could not be removed; the state stays, for the next try.
    """
    cluster = Cluster.open(workspace, name)
    with cluster.store.lock():
        spec = cluster.spec
        names = [machine.name for machine in cluster.driver.machines(spec)]
        failures: dict[str, ProvisionError] = {}

        def destroy(machine: str) -> None:
            try:
                cluster.driver.destroy(spec, machine)
                say(machine, "removed")
            except ProvisionError as error:
                failures[machine] = error

        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(destroy, names))
        if failures:
            shown = "; ".join(f"{machine}: {error}" for machine, error in failures.items())
            raise MachineError(f"not removed: {shown}", hint="`provision down` again")
        cluster.driver.cleanup(spec)
        for machine in names:
            remove_context(Found(cluster, machine))
        cluster.store.remove()
    return names
