"""`provision bootstrap`: from installed nodes to a formed Consul cluster and Swarm."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provision.cluster import preflight
from provision.cluster.cluster import Cluster
from provision.cluster.consul import certificates as consul_certificates
from provision.cluster.operation import Operation
from provision.cluster.plays import run_playbooks
from provision.cluster.swarm.autolock import take_up
from provision.cluster.timing import Timings
from provision.engine.events import RunFinished, Subscriber
from provision.errors import MachineError, ProvisionError, Unreachable, UsageError
from provision.machines.driver import Progress
from provision.transport.pool import SessionPool
from provision.verify.probes import consul, swarm
from provision.verify.probes.base import ClusterView, Finding, NoAnswer, Node, Probe

SETTLE = 60.0
"""Seconds that a formed cluster may take until its probes hold (elections, gossip)."""

PARTS: dict[str, Callable[[ClusterView], Sequence[Probe]]] = {
    "consul": lambda view: consul.probes(view.consul),
    "swarm": lambda view: swarm.PROBES,
}
"""What can be bootstrapped, in order, and what proves it done. Each has a playbook."""


@dataclass(frozen=True, slots=True)
class Bootstrapped:
    """What came of it.

    Parameters:
        runs: the plays' outcome by part.
        exit_code: the first one that is not 0.
    """

    runs: dict[str, RunFinished]
    exit_code: int
    timings: Timings


def bootstrap(
    workspace: Path,
    name: str,
    parts: Sequence[str] = ("consul", "swarm"),
    *,
    subscribers: Sequence[Subscriber] = (),
    check: bool = False,
    declared: Mapping[str, bool | None] | None = None,
    variables: Mapping[str, Any] | None = None,
    say: Progress = lambda machine, line: None,
) -> Bootstrapped:
    """Run each part's playbook, then wait until its probes hold.

    Changes nothing on a cluster that is formed already. With ``check`` nothing is changed and
    nothing waited for.

    Parameters:
        declared: new values of the shape's insecure_consul, autolock, drain_managers; None for
            as before.
        variables: extra variables for the plays.
        say: progress lines.

    Raises:
        UsageError: a machine or its software is missing.
        MachineError: the plays ran but a probe does not come true.
    """
    cluster = Cluster.open(workspace, name)
    timings = Timings()
    runs: dict[str, RunFinished] = {}
    with (
        SessionPool() as sessions,
        cluster.store.lock(),
        _declared(cluster, declared or {}, keep=lambda: not check and _taken_up(runs)),
    ):
        view = cluster.view(sessions)
        _require_software(view)
        preflight.warn(cluster.store, view, say)
        for part in (part for part in PARTS if part in parts):
            with timings.phase(part):
                runs[part] = run_playbooks(
                    cluster,
                    [part],
                    sessions=sessions,
                    subscribers=subscribers,
                    check=check,
                    variables=variables,
                )
                if part == "swarm" and not check:
                    _keep_key(cluster, sessions, failed=runs[part].exit_code != 0)
                if runs[part].exit_code:
                    return Bootstrapped(runs, runs[part].exit_code, timings)
                if not check:
                    cluster.save()
                    _wait(view, part)
    return Bootstrapped(runs, 0, timings)


@contextmanager
def _declared(
    cluster: Cluster, declared: Mapping[str, bool | None], *, keep: Callable[[], bool]
) -> Iterator[None]:
    """The cluster with a shape that says what was said; as before afterwards, unless to keep."""
    cluster.require_machines()
    before = cluster.shape
    said: dict[str, Any] = {name: value for name, value in declared.items() if value is not None}
    cluster.shape = dataclasses.replace(before, **said)
    cluster.save()
    consul_certificates.ensure(cluster)
    try:
        yield
    finally:
        if cluster.shape != before and not keep():
            cluster.shape = before
            cluster.save()
            consul_certificates.ensure(cluster)


def _taken_up(runs: Mapping[str, RunFinished]) -> bool:
    """Whether nodes are what was declared, or on the way there: not, if the plays refused it."""
    refused = any(run.exit_code for run in runs.values())
    changed = any(tally.changed for run in runs.values() for tally in run.recap.values())
    return bool(runs) and (changed or not refused)


def _keep_key(cluster: Cluster, sessions: SessionPool, *, failed: bool) -> None:
    """Keep the key of a swarm with autolock, which may be on even if the play failed later."""
    on = cluster.shape.autolock
    if on is not None:
        with suppress(NoAnswer, ProvisionError) if failed else nullcontext():
            take_up(Operation(cluster, sessions, lambda line: None), on)


def _require_software(view: ClusterView) -> None:
    def ask(node: Node) -> list[Finding]:
        if silent := view.answers(node):
            return silent
        done = view.run(node, "sh", "-c", "command -v dockerd && command -v consul")
        missing = Finding(node.name, "Docker and Consul installed", "one or both are missing")
        return [missing] if done.rc else []

    if found := view.each(view.nodes, ask):
        raise (Unreachable if any(each.unreachable for each in found) else UsageError)(
            "; ".join(map(str, found)), hint="`provision up` starts and installs what is missing"
        )


def _wait(view: ClusterView, part: str) -> None:
    for probe in PARTS[part](view):
        if found := probe.settle(view, SETTLE):
            shown = "".join(f"\n  {finding}" for finding in found)
            raise MachineError(
                f"{part} was set up, but after {SETTLE:g} s this is not so: {probe.claim}{shown}",
                hint="`provision verify` shows the whole picture",
            )
