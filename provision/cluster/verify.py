"""`provision verify`: prove that a cluster works."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from provision.cluster.cluster import Cluster
from provision.cluster.plays import run_playbooks
from provision.errors import ProvisionError
from provision.verify.plan import Plan
from provision.verify.recorder import Proof
from provision.verify.run import Verdict
from provision.verify.run import verify as run_suite


def verify(
    workspace: Path,
    name: str,
    *,
    keyword: str | None = None,
    junit: Path | None = None,
    json_report: Path | None = None,
    paths: Sequence[Path] = (),
    tell: Callable[[Proof], None] = lambda proof: None,
    tracebacks: bool = False,
) -> Verdict:
    """Run the suite over the cluster; parameters as in provision.verify.run.verify.

    Raises:
        UsageError: no such cluster, missing machines, nothing to run.
    """
    cluster = Cluster.open(workspace, name)
    cluster.require_machines()
    _prepare_workload(cluster)
    plan = Plan(cluster.name, cluster.nodes, cluster.store.ssh_config, cluster.consul)
    return run_suite(
        plan,
        keyword=keyword,
        junit=junit,
        json_report=json_report,
        paths=paths,
        tell=tell,
        tracebacks=tracebacks,
    )


def _prepare_workload(cluster: Cluster) -> None:
    """Build the probe image where it is missing.

    What goes wrong here is not raised: a broken node is what the suite is for, and its own
    proofs say more about it.
    """
    with suppress(ProvisionError):
        run_playbooks(cluster, ["verify"])
