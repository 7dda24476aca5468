"""Running drills."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from provision.cluster.cluster import Cluster
from provision.cluster.drills.drill import Arena, Drill
from provision.cluster.drills.report import Happening, Report
from provision.errors import MachineError, UsageError
from provision.inventory import load_inventory
from provision.transport.pool import SessionPool
from provision.verify.probes.base import NoAnswer, Node
from provision.verify.silence import Silence

ALLOWED = "allowed"
"""What the variable ``drills`` has to be for every node."""

RETRY = 0.5
"""Seconds after which a node that did not answer is tried again: that it is back is timed."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """Called as a drill begins, as something happens in it, and as it ends."""

    begin: Callable[[Drill], None] = lambda drill: None
    tell: Callable[[Happening], None] = lambda happening: None
    end: Callable[[Report], None] = lambda report: None


def run_drills(
    workspace: Path,
    name: str,
    drills: Sequence[Drill],
    *,
    node: str | None = None,
    watcher: Watcher | None = None,
) -> list[Report]:
    """Run drills, one after the other, on a cluster that says that they may be.

    One that does not pass is the last: the next needs a cluster that is well.

    Parameters:
        node: which one to hit; None for each drill's own choice.

    Raises:
        UsageError: no such cluster or node, it is not marked, or a drill hits no node.
        MachineError: the cluster is not well, or what had to happen did not; what was broken is
            mended all the same.
    """
    cluster = Cluster.open(workspace, name)
    cluster.require_machines()
    require_allowed(cluster)
    victim = _victim(cluster, drills, node)
    watcher = watcher or Watcher()
    reports: list[Report] = []
    with cluster.store.lock(), _ended_as_interrupted():
        for drill in drills:
            watcher.begin(drill)
            reports.append(_run(cluster, drill, victim, watcher.tell))
            watcher.end(reports[-1])
            if not reports[-1].passed:
                break
    return reports


def _run(
    cluster: Cluster, drill: Drill, victim: Node | None, tell: Callable[[Happening], None]
) -> Report:
    with SessionPool() as sessions:
        view = cluster.view(sessions, silence=Silence(retry=RETRY))
        arena = Arena(cluster, view, sessions, tell, victim)
        try:
            with arena.cleanup:
                try:
                    drill.run(arena)
                except KeyboardInterrupt:
                    arena.note("interrupted: what was broken is mended now")
                    raise
        except NoAnswer as silence:
            raise MachineError(str(silence), hint="`provision status` shows the whole") from silence
        return arena.report(drill.name)


@contextmanager
def _ended_as_interrupted() -> Iterator[None]:
    """Have SIGTERM and SIGHUP do as Ctrl-C does, so that what is broken is mended."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_ENDING = (signal.SIGTERM, signal.SIGHUP)


def _victim(cluster: Cluster, drills: Sequence[Drill], name: str | None) -> Node | None:
    if name is None:
        return None
    for drill in drills:
        if not drill.hits_a_node:
            raise UsageError(f"the drill {drill.name} chooses what it hits: --node says nothing")
    return cluster.node(name)


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
