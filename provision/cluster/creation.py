"""Making a cluster's machines, and remembering each as soon as it exists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from provision.cluster.cluster import Cluster
from provision.errors import MachineError, ProvisionError, UsageError
from provision.machines.driver import Endpoint, MachineSpec, Progress


def prepare(cluster: Cluster, specs: Sequence[MachineSpec], say: Progress) -> None:
    """What the machines share. The state comes first, so that `down` finds what a kill leaves."""
    known = cluster.store.read() is not None
    cluster.save()
    try:
        cluster.driver.prepare(cluster.spec, specs, say)
    except UsageError:  # refused, so nothing was made
        if not known:
            cluster.store.forget_state()
        raise
    cluster.subnet = cluster.driver.subnet(cluster.spec)


def create_missing(cluster: Cluster, specs: Sequence[MachineSpec], say: Progress) -> list[str]:
    """Create in parallel; machines that are running already cost one question."""
    running = {m.name for m in cluster.driver.machines(cluster.spec) if m.state == "running"}
    failures: dict[str, ProvisionError] = {}

    def create(spec: MachineSpec) -> Endpoint | None:
        try:
            return cluster.driver.create(cluster.spec, spec, say)
        except ProvisionError as error:
            failures[spec.name] = error
            return None

    with ThreadPoolExecutor(max_workers=min(len(specs), 8)) as pool:
        for spec, endpoint in zip(specs, pool.map(create, specs), strict=True):
            if endpoint is None:
                cluster.endpoints.pop(spec.name, None)
            else:
                cluster.endpoints[spec.name] = endpoint
            cluster.save()
    if failures and len(specs) == 1:
        raise failures[specs[0].name]
    if failures:
        raise _all_failed(failures)
    return [spec.name for spec in specs if spec.name not in running]


def _all_failed(failures: Mapping[str, ProvisionError]) -> MachineError:
    shown = "\n".join(f"{name}: {error.render()}" for name, error in failures.items())
    return MachineError(
        f"{len(failures)} of the machines could not be made:\n{shown}",
        hint="the others exist; the same command again completes the cluster",
    )
