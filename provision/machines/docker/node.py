"""A node as a container: its configuration, and privileges as far as the engine can give them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provision.errors import MachineError
from provision.machines import capabilities
from provision.machines.docker.engine import Engine, said
from provision.machines.docker.labels import INDEX, MACHINE, owner_labels

if TYPE_CHECKING:
    from docker.models.containers import Container

    from provision.machines.driver import ClusterSpec, MachineSpec, Progress

MIB = 1 << 20

# Where overlay on overlay would fail: volumes lie outside the container's own file system.
VOLUMES = {"docker": "/var/lib/docker", "containerd": "/var/lib/containerd"}

# Engine id -> whether --privileged works there. Found out once per process.
_privileged_works: dict[str, bool] = {}
_finding_out = threading.Lock()


def volume_names(machine: str) -> list[str]:
    return [f"{machine}-{suffix}" for suffix in VOLUMES]


def labels(cluster: ClusterSpec, spec: MachineSpec) -> dict[str, str]:
    return {**owner_labels(cluster), MACHINE: spec.name, INDEX: str(spec.index)}


@dataclass(frozen=True, slots=True)
class NodePlan:
    """All that decides one node's container.

    Parameters:
        privileged: ``auto``, ``yes`` or ``no``.
        nameservers: what the node asks instead of Docker's resolver.
        disk_limit: whether to ask the engine for ``spec.disk``.
    """

    cluster: ClusterSpec
    spec: MachineSpec
    image: str
    network: str
    address: str
    privileged: str
    nameservers: Sequence[str]
    disk_limit: bool


_UNDER_WAY = ("is already in use by container", "volume is in use", "already in progress")


def under_way(error: MachineError) -> bool:
    """Whether the engine is still at what an earlier command asked for: it holds the container's
    name or its volumes, or removes it.
    """
    return any(word in error.message for word in _UNDER_WAY)


def start_new(engine: Engine, plan: NodePlan, say: Progress) -> Container:
    """Create and start a node's container, with privileges if they work, else capabilities.

    Raises:
        MachineError: neither way starts; nothing is left then.
    """
    if plan.privileged == "yes":
        return _start(engine, plan, privileged=True)
    if plan.privileged == "no":
        return _start(engine, plan, privileged=False)
    identity = str(engine.info.get("ID", engine.url))
    with _finding_out:
        if identity not in _privileged_works:
            if not _may_work(engine):
                _privileged_works[identity] = False
            else:
                try:
                    container = _start(engine, plan, privileged=True)
                except MachineError as error:
                    if under_way(error):
                        raise
                    say(plan.spec.name, f"not privileged ({error}); with capabilities instead")
                    container = _start(engine, plan, privileged=False)
                    _privileged_works[identity] = False
                    return container
                _privileged_works[identity] = True
                return container
    return _start(engine, plan, privileged=_privileged_works[identity])


def _may_work(engine: Engine) -> bool:
    """A daemon cannot give what it lacks: then trying would only cost time."""
    if not engine.is_local:
        return True
    mask = capabilities.engine_bounding_mask()
    return mask is None or not capabilities.missing(mask)


def _start(engine: Engine, plan: NodePlan, *, privileged: bool) -> Container:
    from docker.types import NetworkingConfig

    name = plan.spec.name
    api = engine.client.api
    networking = NetworkingConfig()
    networking["EndpointsConfig"] = {
        plan.network: api.create_endpoint_config(ipv4_address=plan.address)
    }
    with said(f"create {name}", name):
        created = api.create_container(
            plan.image,
            name=name,
            hostname=name,
            tty=True,  # gives systemd a /dev/console: what it says there is in the logs
            detach=True,
            stop_signal="SIGRTMIN+3",  # systemd's word for halt
            environment={
                "container": "docker",
                "PROVISION_AUTHORIZED_KEY": plan.cluster.public_key,
                "PROVISION_NAMESERVERS": " ".join(plan.nameservers),
            },
            labels=labels(plan.cluster, plan.spec),
            host_config=host_config(engine, plan, privileged=privileged),
            networking_config=networking,
        )
    try:
        with said(f"start {name}", name):
            api.start(created["Id"])
            return engine.client.containers.get(created["Id"])
    except BaseException:
        with said(f"remove {name}", name):
            api.remove_container(created["Id"], force=True, v=True)
        raise


def host_config(engine: Engine, plan: NodePlan, *, privileged: bool) -> dict[str, Any]:
    """The engine's ``HostConfig`` for a node."""
    spec = plan.spec
    volumes = zip(volume_names(spec.name), VOLUMES.values(), strict=True)
    binds = [f"{volume}:{path}" for volume, path in volumes]
    modules = Path("/lib/modules")
    if engine.is_local and modules.is_dir():
        # dockerd inside loads ip_vs and the like from the kernel that all share.
        binds.append(f"{modules}:{modules}:ro")
    config: dict[str, Any] = engine.client.api.create_host_config(
        binds=binds,
        network_mode=plan.network,
        tmpfs={"/run": "exec", "/tmp": "exec"},
        security_opt=[
            f"seccomp={capabilities.seccomp_profile().read_text()}",
            "apparmor=unconfined",
        ],
        cgroupns="private",
        userns_mode="host",
        # A node that reboots comes back, as a server would.
        restart_policy={"Name": "unless-stopped"},
        mem_limit=spec.memory * MIB,
        memswap_limit=spec.memory * MIB,
        nano_cpus=round(spec.cpus * 1_000_000_000),
        privileged=privileged,
        cap_add=None if privileged else _capabilities(engine),
        device_cgroup_rules=None if privileged else ["a *:* rwm"],
        storage_opt={"size": f"{spec.disk}G"} if plan.disk_limit else None,
    )
    # What the docker command calls --security-opt systempaths=unconfined; the SDK has no word.
    config["MaskedPaths"] = []
    config["ReadonlyPaths"] = []
    return config


def _capabilities(engine: Engine) -> list[str]:
    mask = capabilities.engine_bounding_mask()
    # A far engine's set cannot be seen: all that Docker knows, and the engine will say.
    return capabilities.names(-1 if mask is None or not engine.is_local else mask)
