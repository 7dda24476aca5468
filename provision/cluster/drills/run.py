"""Running a drill."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from provision.cluster.cluster import Cluster
from provision.cluster.drills.drill import Arena, Drill
from provision.cluster.drills.report import Happening, Report
from provision.errors import MachineError, UsageError
from provision.inventory import load_inventory
from provision.transport.pool import SessionPool
from provision.verify.probes.base import NoAnswer

ALLOWED = "allowed"
"""What the variable ``drills`` has to be for every node."""


def run_drill(
    workspace: Path, name: str, drill: Drill, *, tell: Callable[[Happening], None]
) -> Report:
    """Run a drill on a cluster that says that it may be.

    Raises:
        UsageError: no such cluster, or it is not marked.
        MachineError: the cluster is not well, or what had to happen did not; what was broken is
            mended all the same.
    """
    cluster = Cluster.open(workspace, name)
    cluster.require_machines()
    require_allowed(cluster)
    sessions = SessionPool()
    try:
        with cluster.store.lock():
            arena = Arena(cluster, cluster.view(sessions), tell)
            with arena.cleanup:
                drill.run(arena)
            return arena.report(drill.name)
    except NoAnswer as silence:
        raise MachineError(str(silence), hint="`provision status` shows the whole") from silence
    finally:
        sessions.close()


def require_allowed(cluster: Cluster) -> None:
    """Refuse clusters that nobody marked for drills.

    Raises:
        UsageError: naming how to mark it.
    """
    inventory = load_inventory([str(cluster.store.inventory)])
    marks = {str(inventory.variables(host).get("drills")) for host in inventory.match("all")}
    if marks != {ALLOWED}:
        file = cluster.store.secrets.with_name("drills.yml")
        raise UsageError(
            f"cluster '{cluster.name}' is not marked for drills: they break things on purpose",
            hint=f"echo 'drills: {ALLOWED}' > {file}",
        )
