"""A service that runs through a drill, in a swarm that has to stay the one that it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from provision.cluster.drills.drill import Arena
from provision.cluster.plays import require_playbooks
from provision.verify.probes import swarm
from provision.verify.probes.base import ClusterView, Finding, NoAnswer, Node, Probe
from provision.verify.probes.workload import Workload, remove_labelled

LABEL = "provision.drill"
"""Marks the drills' services."""

START = 180.0
"""Seconds for the service to run, on slow machines."""


class Service:
    """As many replicas as there are nodes that take tasks, begun before anything is broken."""

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        view = arena.view
        # Builds the workload's image where it is missing.
        require_playbooks(
            arena.cluster,
            ["verify"],
            sessions=arena.sessions,
            hint="`provision verify` says more",
        )
        manager = swarm.answering_manager(view)
        remove_labelled(view, manager, LABEL)  # a killed drill's
        self._cluster_id, self.node_ids = _identities(view)
        self.replicas = len(view.working)
        self._workload = Workload.named("drill", replicas=self.replicas, label=LABEL)
        arena.cleanup.callback(self._remove)
        self._workload.create(view, manager)
        arena.wait_for([Probe("drill.replicas", "every replica runs", self._whole)], START)
        arena.note(f"a service runs with {self.replicas} replicas")

    def leaves(self, lost: Node, view: ClusterView, timeout: float) -> float:
        """Wait until every replica runs on other nodes; when they did. Noted and proven, too.

        Parameters:
            view: of the others.

        Raises:
            MachineError: they do not within ``timeout`` seconds.
        """
        claim = f"every replica runs elsewhere than on {lost.name}"
        seconds = self._arena.wait(
            claim, timeout, lambda: self.runs_without(lost, view, view.managers[0])
        )
        self._arena.note(claim)
        self._arena.prove(claim, [])
        return seconds

    def runs_without(self, lost: Node | None, view: ClusterView, asked: Node) -> bool:
        """Whether every replica runs, none of them on a node that was lost.

        Parameters:
            view: of those that can be asked.
        """
        tasks = self._workload.running(view, asked)
        if lost is not None and tasks[self.node_ids[lost.name]]:
            return False
        return tasks.total() == self.replicas

    @property
    def probes(self) -> tuple[Probe, ...]:
        """That nothing of it was lost."""
        replicas = f"{self.replicas} replicas run, none twice, and answer each other"
        return (
            Probe("drill.identity", "the swarm and its nodes are those of before", self._same),
            Probe("drill.replicas", replicas, self._whole),
        )

    def _same(self, view: ClusterView) -> Iterator[Finding]:
        cluster_id, node_ids = _identities(view)
        if cluster_id != self._cluster_id:
            yield Finding("cluster", f"swarm {self._cluster_id}", f"swarm {cluster_id}")
        for name, identity in self.node_ids.items():
            if node_ids[name] != identity:
                yield Finding(name, f"node {identity} of the swarm", f"node {node_ids[name]}")

    def _whole(self, view: ClusterView) -> Iterator[Finding]:
        believed = self._workload.running(view, swarm.answering_manager(view)).total()
        if believed != self.replicas:
            yield Finding("cluster", f"{self.replicas} running tasks", str(believed))
        # The managers do not count what runs on although it was to be stopped.
        real = {node.name: len(self._workload.containers(view, node)) for node in view.nodes}
        if sum(real.values()) != self.replicas:
            shown = ", ".join(f"{count} on {name}" for name, count in real.items())
            yield Finding("cluster", f"{self.replicas} containers of them", shown)
        yield from self._workload.unanswered(view)

    def _remove(self) -> None:
        view = self._arena.view
        with suppress(NoAnswer):  # what stays is removed before the next drill
            self._workload.remove(view, swarm.answering_manager(view))


def _identities(view: ClusterView) -> tuple[str, dict[str, str]]:
    """The swarm's id as a manager knows it, and each node's by name. Raises NoAnswer."""
    told = {node.name: swarm.swarm_of(view, node) for node in view.nodes}
    manager = told[swarm.answering_manager(view).name]
    return str(manager["Cluster"]["ID"]), {name: str(s["NodeID"]) for name, s in told.items()}
