"""`provision up`: from nothing, or from whatever is there, to installed nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from provision.cluster import preflight, tls
from provision.cluster.cluster import Cluster, declared_shape
from provision.cluster.consul import certificates as consul_certificates
from provision.cluster.creation import create_missing, prepare
from provision.cluster.images.baked import with_baked_images
from provision.cluster.nodes.removal import reduce
from provision.cluster.operation import Operation, plainly_said
from provision.cluster.packages.sharing import shared_packages
from provision.cluster.plan import Plan
from provision.cluster.plan import plan as planned
from provision.cluster.plays import run_playbooks
from provision.cluster.servers import misnamed
from provision.cluster.shape import Shape
from provision.cluster.swarm.availability import MOVE
from provision.cluster.timing import Timings
from provision.engine.events import Subscriber
from provision.errors import MachineError, UsageError
from provision.machines.driver import Progress
from provision.machines.registry import choose_driver
from provision.machines.store import ClusterState, ClusterStore
from provision.transport.pool import SessionPool
from provision.verify.probes.base import ClusterView


@dataclass(frozen=True, slots=True)
class Up:
    """What came of it. ``exit_code`` is the install play's; 0 if it was not asked for."""

    cluster: Cluster
    created: Sequence[str]
    exit_code: int
    timings: Timings = field(default_factory=Timings)


def up(
    workspace: Path,
    name: str,
    asked: Mapping[str, Any],
    *,
    driver: str | None,
    driver_options: Mapping[str, str] | None = None,
    say: Progress,
    subscribers: Sequence[Subscriber] = (),
    install: bool = True,
    variables: Mapping[str, Any] | None = None,
    baked: bool = True,
    approve: Callable[[Plan], None] | None = None,
    wait: float = MOVE,
) -> Up:
    """Create the machines that are missing and install Docker and Consul on all.

    Run again it completes what a killed run left, and grows or shrinks the cluster when another
    size is asked for. State is saved after each machine, so nothing that exists is forgotten.

    Parameters:
        asked: nodes, managers, cpus, memory (MiB), disk (GiB), subnet, image, release,
            node_releases, named, insecure_consul; None or missing where not said.
        driver: a driver's name, ``auto`` or None for the cluster's own.
        driver_options: the driver's options; None or empty for the cluster's own.
        say: progress lines.
        variables: extra variables for the install play.
        baked: take a baked image where one was made of the same playbooks and variables.
        approve: called with a plan that takes nodes or their roles away, before it is carried
            out; raises what keeps it from being. None refuses every such plan.
        wait: seconds for a leaving node's tasks to run elsewhere.

    Raises:
        UsageError: the shape is impossible here; nothing was touched.
        MachineError: machines could not be made; the others were.
    """
    timings = Timings()
    store = ClusterStore(workspace, name)
    with store.lock():
        cluster = _declare(store, asked, driver, driver_options or {}, say)
        with timings.phase("shrink"):
            if _reduced(store, asked, approve, say, subscribers, wait):
                cluster = _declare(store, asked, driver, driver_options or {}, say)
        specs = cluster.shape.specs(name)
        with timings.phase("image and network"):
            if install and baked:
                specs = with_baked_images(cluster, specs, variables or {}, say)
            prepare(cluster, specs, say)
        with timings.phase("create"):
            created = create_missing(cluster, specs, say)
            tls.ensure(cluster)
            consul_certificates.ensure(cluster)
        exit_code = 0
        if install:
            with SessionPool() as sessions:
                with timings.phase("ssh"):
                    view = _connect(cluster, sessions)
                    preflight.warn(store, view, say)
                with timings.phase("install"), shared_packages(cluster, view, say) as shared:
                    finished = run_playbooks(
                        cluster,
                        ["install"],
                        sessions=sessions,
                        subscribers=subscribers,
                        variables={**shared, **(variables or {})},
                    )
                exit_code = finished.exit_code
    return Up(cluster, created, exit_code, timings)


def _declare(
    store: ClusterStore,
    asked: Mapping[str, Any],
    driver: str | None,
    driver_options: Mapping[str, str],
    say: Progress,
) -> Cluster:
    state = store.read()
    shape = declared_shape(state, asked, store.name)
    options = driver_options or (state.driver_options if state else {})
    main = _driver_name(state, driver, shape, say)
    return Cluster.declared(store, state, shape, main, options)


def _reduced(
    store: ClusterStore,
    asked: Mapping[str, Any],
    approve: Callable[[Plan], None] | None,
    say: Progress,
    subscribers: Sequence[Subscriber],
    wait: float,
) -> bool:
    """Take away what is not asked for any more; whether there was anything."""
    plan = planned(store.directory.parent.parent, store.name, asked)
    if not plan.takes_away:
        return False
    if approve is None:
        raise UsageError("that would take nodes away, or their roles", hint="provision plan")
    approve(plan)
    with SessionPool() as sessions, plainly_said():
        cluster = Cluster.open(store.directory.parent.parent, store.name)
        work = Operation(cluster, sessions, lambda line: say("", line), subscribers)
        reduce(work, plan, wait=wait)
    return True


def _driver_name(state: ClusterState | None, asked: str | None, shape: Shape, say: Progress) -> str:
    if state is not None and state.machines:
        if asked not in (None, "auto", state.driver):
            raise UsageError(
                f"the cluster's machines were made by the driver '{state.driver}', not '{asked}'",
                hint="leave --driver out, or give the new cluster another name with --cluster",
            )
        return state.driver
    if asked == "static" and shape.nodes:
        raise UsageError(
            "the static driver makes no machines: say which servers to use",
            hint="--servers INVENTORY, or --servers NAME=user@address,NAME=user@address",
        )
    if asked in (None, "auto"):
        asked, why = choose_driver()
        say("", f"driver {asked}: {why}")
    assert asked is not None
    return asked


def _connect(cluster: Cluster, sessions: SessionPool) -> ClusterView:
    """Open every session now, so that a machine that does not answer is named before any play."""
    view = cluster.view(sessions)
    adopted = [entry.name for entry in cluster.shape.named if entry.driver == "static"]
    found = view.each(view.nodes, view.answers) or misnamed(view, adopted)
    if found:
        raise MachineError(
            "; ".join(str(finding) for finding in found),
            hint="`provision up` again; `provision status` shows the machines",
        )
    return view


__all__ = ["Shape", "Up", "up"]
