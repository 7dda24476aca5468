"""Machines as system containers on a Docker Engine: systemd, sshd, and a dockerd of their own."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from provision.errors import MachineError, UsageError, did_you_mean
from provision.machines import host_limits, subnets
from provision.machines.docker import boot as docker_boot
from provision.machines.docker import network as docker_network
from provision.machines.docker import volumes
from provision.machines.docker.creating import new_container
from provision.machines.docker.engine import Engine, said
from provision.machines.docker.labels import CLUSTER, INDEX, MACHINE, require_owner
from provision.machines.docker.node import MIB, NodePlan
from provision.machines.docker.shape import check_shape, disk_note
from provision.machines.driver import (
    ClusterSpec,
    Endpoint,
    Machine,
    MachineSpec,
    MachineState,
    Progress,
)
from provision.machines.node_image import SOURCES, NodeImages

if TYPE_CHECKING:
    from docker.models.containers import Container
    from docker.models.networks import Network

OPTIONS: Mapping[str, Sequence[str]] = {
    "image-source": SOURCES,
    "privileged": ("auto", "yes", "no"),
}

# Seconds that systemd gets to stop its services before the kernel does it.
_STOP_TIMEOUT = 60

_STATES = {
    "running": (MachineState.RUNNING, ""),
    "exited": (MachineState.STOPPED, ""),
    "created": (MachineState.BROKEN, "created, never started"),
    "paused": (MachineState.BROKEN, "paused"),
    "restarting": (MachineState.BROKEN, "dies and is restarted again and again"),
    "removing": (MachineState.BROKEN, "being removed"),
    "dead": (MachineState.BROKEN, "only half removed"),
}


class DockerDriver:
    """Nodes on the engine of ``DOCKER_HOST``, or on the default socket's.

    Parameters:
        options: ``image-source`` (auto, registry, mmdebstrap) and ``privileged`` (auto, yes, no).

    Raises:
        UsageError: an unknown option or value.
    """

    name = "docker"

    def __init__(self, options: Mapping[str, str] = {}) -> None:
        for key, value in options.items():
            if key not in OPTIONS:
                raise UsageError(
                    f"the docker driver has no option {key!r}",
                    hint=did_you_mean(key, OPTIONS) or f"it has: {', '.join(OPTIONS)}",
                )
            if value not in OPTIONS[key]:
                raise UsageError(
                    f"docker driver option {key} is {value!r}",
                    hint=f"one of: {', '.join(OPTIONS[key])}",
                )
        self._privileged = options.get("privileged", "auto")
        self._engine = Engine()
        self._images = NodeImages(self._engine, options.get("image-source", "auto"))

    def check(self) -> list[str]:
        problem = self._engine.problem()
        if problem is not None:
            return [problem]
        if not self._engine.is_local:
            where = (
                f"the engine at {self._engine.url} is on another machine or in a virtual one: its "
                "containers cannot be reached from here; run provision where the engine runs"
            )
            return [where]
        return []

    def prepare(self, cluster: ClusterSpec, specs: Sequence[MachineSpec], say: Progress) -> None:
        if problems := self.check():
            raise MachineError(f"no Docker Engine: {problems[0]}")
        check_shape(self._engine.info, specs)
        self.machines(cluster)  # refuses if they are another workspace's
        docker_network.check(self._engine, cluster, max((spec.index for spec in specs), default=1))
        for spec in specs:
            self._find(cluster, spec.name)
            volumes.check(self._engine, cluster, spec.name)
        if note := disk_note(self._engine.info, specs):
            say("", note)
        if note := host_limits.raise_inotify():
            say("", note)
        for image in sorted({spec.image or "" for spec in specs}):
            self._images.ensure(image or None, say)
        docker_network.ensure(self._engine, cluster, say)

    def create(self, cluster: ClusterSpec, spec: MachineSpec, say: Progress) -> Endpoint:
        network = docker_network.ensure(self._engine, cluster, say)
        address = subnets.address(docker_network.subnet_of(network), spec.index)
        container = self._begun(cluster, spec.name, say)
        if container is None:
            say(spec.name, "creating")
            plan = NodePlan(
                cluster=cluster,
                spec=spec,
                image=self._images.ensure(spec.image, say),
                network=str(network.name),
                address=address,
                privileged=self._privileged,
                nameservers=host_limits.nameservers(),
                disk_limit=spec.disk is not None and disk_note(self._engine.info, [spec]) is None,
            )
            container = new_container(
                self._engine, plan, say, lambda: self._begun(cluster, spec.name, say)
            )
        else:
            self._resume(container, network, address)
        return self._booted(cluster, container, address, say)

    def machines(self, cluster: ClusterSpec) -> list[Machine]:
        with said(f"list the machines of {cluster.name}"):
            containers = self._engine.client.containers.list(
                all=True, filters={"label": f"{CLUSTER}={cluster.name}"}, ignore_removed=True
            )
        for each in containers:
            require_owner("container", str(each.name), each.labels, cluster)
        return sorted((_machine(each) for each in containers), key=lambda each: each.index)

    def subnet(self, cluster: ClusterSpec) -> str | None:
        network = docker_network.find(self._engine, cluster)
        return str(docker_network.subnet_of(network)) if network is not None else None

    def endpoint(self, cluster: ClusterSpec, name: str) -> Endpoint:
        container = self._get(cluster, name)
        if container.status != "running":
            raise MachineError(
                f"{name} is {container.status}", host=name, hint="start it: provision up"
            )
        keys = docker_boot.execute(
            self._engine, name, ["sh", "-c", "sed 's/^/key /' /etc/ssh/ssh_host_*_key.pub"]
        )
        address = _address(self._network(cluster), container)
        return _endpoint(cluster, address, docker_boot.parse_boot(keys).host_keys)

    def start(self, cluster: ClusterSpec, name: str) -> Endpoint:
        container = self._get(cluster, name)
        network = self._network(cluster)
        address = _address(network, container)
        self._resume(container, network, address)
        return self._booted(cluster, container, address, lambda _machine, _line: None)

    def stop(self, cluster: ClusterSpec, name: str, *, kill: bool = False) -> None:
        container = self._get(cluster, name)
        if container.status not in ("running", "restarting", "paused"):
            return
        with said(f"stop {name}", name):
            if kill:
                container.kill()
                container.wait()
            else:
                container.stop(timeout=_STOP_TIMEOUT)

    def destroy(self, cluster: ClusterSpec, name: str) -> None:
        container = self._find(cluster, name)
        if container is not None:
            self._remove(container)
        volumes.remove(self._engine, cluster, name)

    def cleanup(self, cluster: ClusterSpec) -> None:
        left = {machine.name for machine in self.machines(cluster)}
        volumes.remove_orphans(self._engine, cluster, left)
        if not left:
            docker_network.remove(self._engine, cluster)

    def logs(self, cluster: ClusterSpec, name: str, lines: int = 20) -> str:
        self._get(cluster, name)
        return docker_boot.logs(self._engine, name, lines)

    def _find(self, cluster: ClusterSpec, name: str) -> Container | None:
        """The machine's container, None if absent; refuses one that is not ours."""
        from docker.errors import NotFound

        with said(f"look for {name}", name):
            try:
                container = self._engine.client.containers.get(name)
            except NotFound:
                return None
        require_owner("container", name, container.labels, cluster)
        return container

    def _begun(self, cluster: ClusterSpec, name: str, say: Progress) -> Container | None:
        """The machine's container if it was ever started; what was not is removed."""
        container = self._find(cluster, name)
        if container is None or container.status not in ("created", "removing", "dead"):
            return container
        say(name, f"was left {container.status}: making it again")
        self._remove(container)
        return None

    def _get(self, cluster: ClusterSpec, name: str) -> Container:
        container = self._find(cluster, name)
        if container is None:
            raise MachineError(f"{name} does not exist", host=name, hint="create it: provision up")
        return container

    def _network(self, cluster: ClusterSpec) -> Network:
        network = docker_network.find(self._engine, cluster)
        if network is None:
            raise MachineError(
                f"the network of cluster {cluster.name} is gone", hint="run provision up"
            )
        return network

    def _resume(self, container: Container, network: Network, address: str) -> None:
        """Have an existing container run, on the cluster's network as it is now."""
        name = str(container.name)
        attached = container.attrs["NetworkSettings"]["Networks"].get(network.name, {})
        with said(f"start {name}", name):
            if container.status == "paused":
                container.unpause()
            elif container.status == "exited":
                if attached.get("NetworkID") not in ("", network.id):
                    # The network was removed and made again: the container knows the old one.
                    self._engine.client.api.disconnect_container_from_network(
                        str(container.id), str(network.name), force=True
                    )
                    network.connect(container, ipv4_address=address)
                container.start()

    def _booted(
        self, cluster: ClusterSpec, container: Container, address: str, say: Progress
    ) -> Endpoint:
        boot = docker_boot.wait(self._engine, container, address, cluster.public_key)
        name = str(container.name)
        if boot.failed:
            say(name, f"warning: failed units: {', '.join(boot.failed)}")
        say(name, f"answers SSH at {address}")
        return _endpoint(cluster, address, boot.host_keys)

    def _remove(self, container: Container) -> None:
        from docker.errors import NotFound

        # Absent: somebody was quicker.
        with said(f"remove {container.name}", container.name), contextlib.suppress(NotFound):
            container.remove(force=True, v=True)


def _address(network: Network, container: Container) -> str:
    return subnets.address(docker_network.subnet_of(network), int(container.labels[INDEX]))


def _endpoint(cluster: ClusterSpec, address: str, host_keys: Sequence[str]) -> Endpoint:
    return Endpoint(
        address=address,
        user="root",
        key_file=cluster.private_key,
        cluster_address=address,
        host_keys=host_keys,
    )


def _machine(container: Container) -> Machine:
    state, detail = _STATES.get(container.status, (MachineState.BROKEN, container.status))
    limits, current = container.attrs["HostConfig"], container.attrs["State"]
    if state is MachineState.STOPPED and current.get("OOMKilled"):
        detail = "killed: out of memory"
    return Machine(
        name=container.labels.get(MACHINE, str(container.name)),
        index=int(container.labels.get(INDEX, 0)),
        state=state,
        driver=DockerDriver.name,
        cpus=limits["NanoCpus"] / 1_000_000_000 or None,
        memory=limits["Memory"] // MIB or None,
        detail=detail,
    )
