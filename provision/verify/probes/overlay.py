"""Proof that the overlay network carries traffic between nodes, with a workload of its own.

A global service runs one task on each node; from each task every other one is found by name
and asked over HTTP which node it is on. Uses DNS round robin, not a virtual IP: that works
also where the kernel lacks IPVS.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from provision.verify.probes.base import ClusterView, Finding, NoAnswer, Node, Probe, probe
from provision.verify.probes.engine_api import LABEL
from provision.verify.probes.leftovers import sweep_swarm
from provision.verify.probes.swarm import SERVICES, answering_manager

IMAGE = "provision/probe:1"
"""Built on each node by playbooks/verify.yml: busybox, no registry needed."""

START_TIMEOUT = 180.0
"""Seconds for the tasks to run on every node and to find each other; an emulated VM needs two
minutes of it."""


@probe("swarm.overlay", "containers on any two nodes reach each other by name on the overlay")
def overlay(view: ClusterView) -> Iterator[Finding]:
    manager = answering_manager(view)
    missing = view.each(_working(view), lambda node: _image_missing(view, node))
    if missing:
        yield from missing
        return
    sweep_swarm(view, manager, "services")
    name = f"provision-probe-{secrets.token_hex(4)}"
    with _service(view, manager, name):
        deadline = time.monotonic() + START_TIMEOUT
        found = _unreached(view, name)
        while found and time.monotonic() < deadline:
            time.sleep(0.25)
            found = _unreached(view, name)
        errors = _task_errors(view, manager, name) if found else {}
        yield from (_explained(finding, errors) for finding in found)


def _image_missing(view: ClusterView, node: Node) -> Iterator[Finding]:
    view.output(
        node,
        *("docker", "image", "inspect", "--format", "{{.Id}}", IMAGE),
        expected=f"the probe image {IMAGE} (playbooks/verify.yml builds it)",
    )
    return iter(())


@contextmanager
def _service(view: ClusterView, manager: Node, name: str) -> Iterator[None]:
    serve = "hostname > /tmp/index.html; exec busybox httpd -f -p 8080 -h /tmp"
    try:
        view.output(
            manager,
            *("docker", "service", "create", "--quiet", "--detach", "--name", name),
            *("--label", f"{LABEL}=1"),
            *("--mode", "global", "--network", SERVICES, "--endpoint-mode", "dnsrr"),
            *("--hostname", "{{.Node.Hostname}}", "--no-resolve-image", "--stop-grace-period=1s"),
            *(IMAGE, "sh", "-c", serve),
            expected="a probe service to be created",
        )
        yield
    finally:
        view.run(manager, "docker", "service", "rm", name)


def _unreached(view: ClusterView, name: str) -> list[Finding]:
    wanted = {node.name for node in _working(view)}

    def ask(node: Node) -> Iterator[Finding]:
        expected = "a running probe task that reaches those on every node"
        container = view.output(
            node,
            *("docker", "ps", "-q", "--filter", f"label=com.docker.swarm.service.name={name}"),
            expected=expected,
        ).split()
        if not container:
            raise NoAnswer(Finding(node.name, expected, _NO_TASK))
        reached = view.run(node, "docker", "exec", container[0], "sh", "-c", _ASK_ALL, "ask", name)
        unreached = sorted(wanted - set(reached.stdout.split()))
        if unreached:
            error = reached.stderr.strip().splitlines()[-1:] or [""]
            yield Finding(node.name, expected, f"{', '.join(unreached)} unreached {error[0]}")

    return view.each(_working(view), ask)


def _working(view: ClusterView) -> list[Node]:
    """The nodes that may have new tasks."""
    return [node for node in view.nodes if node.availability == "active"]


_NO_TASK = "no probe task runs on it"


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
    if finding.found != _NO_TASK:
        return finding
    said = errors.get(finding.node) or errors.get("")  # without a node: nowhere to run it
    return replace(finding, found=f"{_NO_TASK}: {said}") if said else finding


_ASK_ALL = """
addresses=$(nslookup "tasks.$1" 127.0.0.11 | awk '/^Name:/ {on=1} on && /^Address/ {print $NF}')
for address in $addresses; do
  timeout 3 wget -q -O - "http://$address:8080/"  # busybox's own -T crashes in static builds
done
"""

PROBES: tuple[Probe, ...] = (overlay,)
