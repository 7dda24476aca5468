"""How each kind of operation is done, and when the cluster is well after it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

from provision.verify.probes import consul, swarm
from provision.verify.probes.base import ClusterView, Finding, Probe
from provision.verify.probes.engine_api import engine
from provision.verify.probes.workload import Workload
from tests.soak import stack
from tests.soak.cluster import PROBE_IMAGE, SoakCluster, SoakFailure
from tests.soak.model import Operation, Service, State

SETTLE = 600.0
"""Seconds for everything to be well again after one operation."""


def operate(soak: SoakCluster, operation: Operation, then: State) -> None:
    """Do it, and wait until the cluster is as ``then`` says.

    Raises:
        SoakFailure: it fails, or the cluster is not well in time.
    """
    _HOW[operation.kind](soak, operation, then)
    settle(soak, then)


def settle(soak: SoakCluster, state: State) -> None:
    """Wait until Consul, the swarm and every service are as they should be.

    Raises:
        SoakFailure: naming what is not.
    """
    deadline = time.monotonic() + SETTLE
    while found := _findings(soak, state):
        if time.monotonic() > deadline:
            shown = "\n".join(f"  {finding}" for finding in found)
            raise SoakFailure(f"not well {SETTLE:g} s later:\n{shown}")
        time.sleep(1)


def _findings(soak: SoakCluster, state: State) -> list[Finding]:
    with soak.view() as view:
        if len(view.nodes) != state.nodes:
            found = f"{len(view.nodes)}"
            return [Finding("cluster", f"{state.nodes} nodes", found)]
        working = [soak.machine(number) for number in state.active]
        if [node.name for node in view.working] != working:
            found = ", ".join(node.name for node in view.working)
            return [Finding("cluster", f"{', '.join(working)} to take tasks", found)]
        # Those that break first and come back last; the end is for all of them.
        probes = (
            *(consul.leader, consul.autopilot, consul.peers, consul.members),
            *(swarm.active, swarm.identity, swarm.nodes),
            Probe("soak.services", "as declared", lambda view: _services(view, state)),
        )
        return [finding for probe in probes for finding in probe.findings(view)]


def _services(view: ClusterView, state: State) -> Iterator[Finding]:
    manager = swarm.answering_manager(view)
    for service in state.services:
        workload = Workload(stack.service_name(service), service.replicas)
        spec = engine(view, manager, f"/services/{workload.name}", f"service {workload.name}")
        environment = spec["Spec"]["TaskTemplate"]["ContainerSpec"]["Env"]
        if environment != [f"VERSION={service.version}"]:
            expected = f"VERSION={service.version}"
            yield Finding(service.name, expected, ", ".join(environment))
        running = workload.running(view, manager).total()
        if running != service.replicas:
            yield Finding(service.name, f"{service.replicas} running tasks", str(running))
        for node in view.nodes:
            if node not in view.working and workload.containers(view, node):
                yield Finding(node.name, f"no task of {service.name}", "it is drained and has one")
        yield from workload.unanswered(view)


def _grow(soak: SoakCluster, operation: Operation, then: State) -> None:
    soak.run("up", "--nodes", str(then.nodes))
    # The services' image is on a node before the swarm may send tasks to it.
    soak.run("play", str(PROBE_IMAGE), "--limit", soak.machine(then.nodes))
    soak.run("bootstrap")


def _replace(soak: SoakCluster, operation: Operation, then: State) -> None:
    node = soak.machine(operation.node)
    soak.run("node", "replace", "--yes", node)
    # Tasks that were sent there before their image was are sent anew.
    soak.run("play", str(PROBE_IMAGE), "--limit", node)


def _upgrade_consul(soak: SoakCluster, operation: Operation, then: State) -> None:
    """The program that runs, once more: no other version can be had everywhere."""
    file = soak.folder / "consul"
    if not file.exists():
        file.write_bytes(soak.read(1, "$(command -v consul)"))
    soak.run("consul", "upgrade", "--file", str(file))


def deploy(soak: SoakCluster, state: State) -> None:
    """The whole stack as it is declared; services that are as declared stay as they are."""
    file = soak.folder / "stack.yml"
    stack.write(file, state.services)
    soak.run("deploy", "stack", "-c", str(file), stack.STACK)


def _scale(soak: SoakCluster, operation: Operation, then: State) -> None:
    service = _service(operation, then)
    soak.run("service", "scale", f"{stack.service_name(service)}={service.replicas}")


def _update(soak: SoakCluster, operation: Operation, then: State) -> None:
    service = _service(operation, then)
    version = f"VERSION={service.version}"
    soak.run("service", "update", "--env-add", version, stack.service_name(service))


def _service(operation: Operation, then: State) -> Service:
    service = then.service(operation.what)
    assert service is not None
    return service


def _kill_machine(soak: SoakCluster, operation: Operation, then: State) -> None:
    soak.run("machine", "kill", soak.machine(operation.node))
    soak.run("machine", "start", soak.machine(operation.node))


def _kill(service: str) -> Callable[[SoakCluster, Operation, State], None]:
    """SIGKILL; systemd starts it again."""

    def kill(soak: SoakCluster, operation: Operation, then: State) -> None:
        soak.on(operation.node, f"systemctl kill -s SIGKILL {service}")

    return kill


def _drill(soak: SoakCluster, operation: Operation, then: State) -> None:
    node = ["--node", str(operation.node)] if operation.node else []
    soak.run("drill", operation.what, *node)


_HOW: Mapping[str, Callable[[SoakCluster, Operation, State], object]] = {
    "grow": _grow,
    "shrink": lambda soak, operation, then: soak.run("up", "--yes", "--nodes", str(then.nodes)),
    "drain": lambda soak, operation, then: soak.run("node", "drain", str(operation.node)),
    "activate": lambda soak, operation, then: soak.run("node", "activate", str(operation.node)),
    "deploy": lambda soak, operation, then: deploy(soak, then),
    "scale": _scale,
    "update": _update,
    "restart machine": lambda soak, operation, then: soak.run(
        "machine", "restart", soak.machine(operation.node)
    ),
    "kill machine": _kill_machine,
    "kill dockerd": _kill("docker"),
    "kill consul": _kill("consul"),
    "replace": _replace,
    "upgrade consul": _upgrade_consul,
    "rotate swarm": lambda soak, operation, then: soak.run("swarm", f"rotate-{operation.what}"),
    "rotate consul": lambda soak, operation, then: soak.run("consul", "rotate", operation.what),
    "backup": lambda soak, operation, then: soak.run(
        operation.what, "backup", str(soak.folder / f"{operation.what}-{time.time():.0f}")
    ),
    "bootstrap": lambda soak, operation, then: soak.run("bootstrap"),
    "drill": _drill,
    "node drill": _drill,
}
