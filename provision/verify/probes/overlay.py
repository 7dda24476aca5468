"""Proof that the overlay network carries traffic between nodes, with a workload of its own.

A global service runs one task on each node; from each task every other one is found by name
and asked over HTTP which node it is on.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from provision.verify.probes.base import ClusterView, Finding, Node, Probe, probe
from provision.verify.probes.leftovers import sweep_swarm
from provision.verify.probes.swarm import answering_manager
from provision.verify.probes.workload import IMAGE, NO_TASK, Workload

START_TIMEOUT = 180.0
"""Seconds for the tasks to run on every node and to find each other."""

_ASKINGS = 60
"""Where asking is slow, so is all else: emulated VMs have time for so many questions."""


@probe(
    "swarm.overlay",
    "containers on any two nodes reach each other by name on the overlay",
    slow=True,
)
def overlay(view: ClusterView) -> Iterator[Finding]:
    manager = answering_manager(view)
    missing = view.each(view.working, lambda node: _image_missing(view, node))
    if missing:
        yield from missing
        return
    sweep_swarm(view, manager, "services")
    workload = Workload.named("probe")
    try:
        workload.create(view, manager)
        found = _unreached_in_the_end(view, workload)
        errors = _task_errors(view, manager, workload.name) if found else {}
        yield from (_explained(finding, errors) for finding in found)
    finally:
        workload.remove(view, manager)


def _unreached_in_the_end(view: ClusterView, workload: Workload) -> list[Finding]:
    """What is not reached after all patience, which grows with how long an answer takes."""
    began = asked = time.monotonic()
    found = workload.unreached(view)
    slowest = took = time.monotonic() - asked
    while found and time.monotonic() < began + max(START_TIMEOUT, _ASKINGS * slowest):
        # Answering keeps a slow node from starting its task.
        if view.given_up.wait(max(0.25, took)):
            break
        asked = time.monotonic()
        found = workload.unreached(view)
        took = time.monotonic() - asked
        slowest = max(slowest, took)
    return found


def _image_missing(view: ClusterView, node: Node) -> Iterator[Finding]:
    view.output(
        node,
        *("docker", "image", "inspect", "--format", "{{.Id}}", IMAGE),
        expected=f"the probe image {IMAGE} (playbooks/verify.yml builds it)",
    )
    return iter(())


def _task_errors(view: ClusterView, manager: Node, name: str) -> dict[str, str]:
    """Why the swarm could not run the task, by node; the latest error of each."""
    format_ = "{{.Node}}\t{{.CurrentState}}\t{{.Error}}"
    listed = view.run(manager, "docker", "service", "ps", "--no-trunc", "--format", format_, name)
    errors: dict[str, str] = {}
    for line in listed.stdout.splitlines():
        node, state, error = (*line.split("\t"), "", "")[:3]
        if said := error.strip(' "') or ("" if state.startswith("Running") else state):
            errors.setdefault(node, said)
    return errors


def _explained(finding: Finding, errors: dict[str, str]) -> Finding:
    if finding.found != NO_TASK:
        return finding
    said = errors.get(finding.node) or errors.get("")  # without a node: nowhere to run it
    return replace(finding, found=f"{NO_TASK}: {said}") if said else finding


PROBES: tuple[Probe, ...] = (overlay,)
