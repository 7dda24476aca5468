"""`provision down`: leave nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from provision.cluster.cluster import Cluster, no_such_cluster
from provision.cluster.machine.docker_context import remove_context
from provision.cluster.machine.found import Found
from provision.cluster.shape import Shape
from provision.errors import MachineError, ProvisionError, UsageError
from provision.machines.composite import CompositeDriver
from provision.machines.driver import Driver, Progress
from provision.machines.registry import choose_driver, driver_names, get_driver
from provision.machines.store import ClusterStore


def down(
    workspace: Path,
    name: str,
    *,
    accept: Callable[[str], object] = lambda question: None,
    say: Progress,
) -> list[str]:
    """Destroy the cluster's machines, network and state; the names of the machines.

    What belongs to it is found by label, so machines that the state does not know of go too,
    and a cluster whose state was lost goes as well. Of a cluster that was imported only what is
    here goes: its machines belong to where it is at home.

    Parameters:
        accept: asks whether that may be done, and raises if not.

    Raises:
        UsageError: there is no such cluster, or it is another workspace's.
        MachineError: something could not be removed; the state stays, for the next try.
    """
    store = ClusterStore(workspace, name)
    known = store.directory.is_dir()
    with store.lock(imported=True):
        if store.imported.exists():
            accept(f"Forget the imported cluster '{name}'?")
            _forget(store, say)
            return []
        lost = store.read() is None
        cluster = Cluster.open(workspace, name) if not lost else _without_state(store, known)
        spec = cluster.spec
        names = [machine.name for machine in cluster.driver.machines(spec)]
        if not names and not known:
            raise no_such_cluster(store)
        accept(f"Remove cluster '{name}', its machines and all their data?")
        # Of a declared machine that is gone something may be left all the same.
        declared = [] if lost else [each.name for each in cluster.shape.specs(name)]
        adopted = {each.name for each in cluster.shape.named if each.driver == "static"}
        failures: dict[str, ProvisionError] = {}

        def destroy(machine: str) -> None:
            try:
                cluster.driver.destroy(spec, machine)
            except ProvisionError as error:
                # A declared name may be taken by what others made: that is not ours to remove.
                if machine in names or not isinstance(error, UsageError):
                    failures[machine] = error
                return
            if machine in names:
                say(machine, "forgotten; it stays as it is" if machine in adopted else "removed")

        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(destroy, dict.fromkeys([*names, *declared])))
        if failures:
            shown = "; ".join(f"{machine}: {error}" for machine, error in failures.items())
            raise MachineError(f"not removed: {shown}", hint="`provision down` again")
        cluster.driver.cleanup(spec)
        for machine in dict.fromkeys([*names, *declared]):
            remove_context(Found(cluster, machine))
        store.remove()
    return names


def _forget(store: ClusterStore, say: Progress) -> None:
    """Remove an imported cluster's directory, however much of it there is."""
    state = store.read()
    if state is not None:
        cluster = Cluster.from_state(store, state)
        for machine in cluster.endpoints:
            remove_context(Found(cluster, machine))
    say("", "its machines stay as they are: they belong to where it was imported from")
    store.remove()


def _without_state(store: ClusterStore, known: bool) -> Cluster:
    """The cluster as the drivers that work here find it.

    Parameters:
        known: whether its directory is there. If not, only labels can tell that it was ours.
    """
    main = choose_driver()[0] if known else "docker"
    cluster = Cluster(store, Shape(), get_driver(main, {}), {}, None, {})
    if not known:
        if cluster.driver.check():
            raise no_such_cluster(store)
        return cluster
    others: dict[str, Driver] = {}
    for name in driver_names():
        driver = get_driver(name, {})
        if name != main and not driver.check():
            others |= {machine.name: driver for machine in driver.machines(cluster.spec)}
    if others:
        cluster.driver = CompositeDriver(cluster.driver, others)
    return cluster
