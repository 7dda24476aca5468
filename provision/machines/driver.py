"""The protocol every machine driver follows."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class MachineState(enum.StrEnum):
    ABSENT = "absent"
    STOPPED = "stopped"
    RUNNING = "running"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class MachineSpec:
    """A machine as wanted.

    Parameters:
        name: unique within the engine or hypervisor, e.g. ``swarm-node-1``.
        index: 1-based place in the cluster; decides the address.
        cpus: number of CPUs, may be fractional for containers.
        memory: MiB.
        disk: GiB; None means what the driver gives.
        image: driver-specific image or box; None means the driver's default.
        options: what only this machine's driver understands, such as a server's address.
    """

    name: str
    index: int
    cpus: float = 2
    memory: int = 2048
    disk: int | None = None
    image: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How to reach a machine over SSH.

    Parameters:
        address: where the controller connects.
        cluster_address: the address other nodes know it by.
        host_keys: public keys as ``type base64`` strings, read from the machine at creation.
        connect_timeout: seconds that logging in may take; an emulated machine needs more.
    """

    address: str
    user: str
    port: int = 22
    key_file: Path | None = None
    cluster_address: str = ""
    host_keys: Sequence[str] = ()
    jump_hosts: Sequence[str] = ()
    connect_timeout: float = 10


@dataclass(frozen=True, slots=True)
class ClusterSpec:
    """What a driver needs to know of the cluster that its machines belong to.

    Parameters:
        directory: the cluster's state directory (0700); drivers may keep files below it.
        subnet: CIDR, or None for one the driver picks free of collisions.
        public_key: authorized on every machine (OpenSSH one-line format).
        private_key: path of its private half.
        identity: random, made once for the state directory; tells the cluster from another of
            the same name that another workspace declared. Empty: such clusters are not told apart.
    """

    name: str
    directory: Path
    public_key: str
    private_key: Path
    subnet: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    identity: str = ""

    @property
    def workspace(self) -> Path:
        """The ``.provision`` folder that the state directory lies in."""
        return self.directory.parent.parent


Progress = Callable[[str, str], None]
"""Called with (machine name or "", one short line) as things happen, from any thread."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine as it is."""

    name: str
    index: int
    state: MachineState
    driver: str
    cpus: float | None = None
    memory: int | None = None
    detail: str = ""


class Driver(Protocol):
    """Create, start, stop, destroy; idempotent each; never touches what it does not own."""

    name: str

    def check(self) -> list[str]:
        """What keeps this driver from working here, each with what to do; empty: nothing."""
        ...

    def prepare(self, cluster: ClusterSpec, specs: Sequence[MachineSpec], say: Progress) -> None:
        """What machines share: image, network. Idempotent. Refuses bad shapes first.

        Raises:
            UsageError: more memory than the host has, a subnet collision, a taken name.
            MachineError: the image or network cannot be made.
        """
        ...

    def create(self, cluster: ClusterSpec, spec: MachineSpec, say: Progress) -> Endpoint:
        """A running machine that answers SSH. Completes a half-made one. Thread-safe.

        Raises:
            MachineError: with the machine's last log lines in the hint.
        """
        ...

    def machines(self, cluster: ClusterSpec) -> list[Machine]:
        """Every machine of this cluster that exists, found by label, ordered by index.

        Raises:
            UsageError: they belong to another workspace's cluster of this name.
        """
        ...

    def subnet(self, cluster: ClusterSpec) -> str | None:
        """CIDR of the network the machines share, once prepared; None if there is none."""
        ...

    def endpoint(self, cluster: ClusterSpec, name: str) -> Endpoint: ...

    def start(self, cluster: ClusterSpec, name: str) -> Endpoint: ...

    def stop(self, cluster: ClusterSpec, name: str, *, kill: bool = False) -> None: ...

    def destroy(self, cluster: ClusterSpec, name: str) -> None:
        """Remove the machine and its volumes. Absent is fine."""
        ...

    def cleanup(self, cluster: ClusterSpec) -> None:
        """Remove what machines left behind (volumes), and what they shared (network) once none
        is left. Keeps the image.
        """
        ...

    def logs(self, cluster: ClusterSpec, name: str, lines: int = 20) -> str: ...
