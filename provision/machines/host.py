"""What this host can run and what is missing, as data: ``provision doctor``."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from provision.agent import kernel
from provision.errors import MachineError
from provision.machines import capabilities, host_limits
from provision.machines.debian_sources import host_mirror
from provision.machines.docker.engine import Engine
from provision.machines.docker.shape import enforces_disk
from provision.machines.releases import DEFAULT_RELEASE

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at.

    Parameters:
        status: ``fail`` keeps every driver from working, ``warn`` takes something away.
        finding: what was found, with numbers.
        fix: the command or step that changes it; empty when there is nothing to do.
    """

    name: str
    status: Status
    finding: str
    fix: str = ""


def examine() -> list[Check]:
    """Every check, in the order a reader wants them: the engine first, extras last."""
    engine = Engine()
    checks = [docker_engine(engine)]
    if checks[0].status == "ok":
        checks += [
            privileges(engine),
            cgroups(engine),
            resources(engine),
            disk_limit(engine),
        ]
    checks += [image_source(), inotify(), ssh_client()]
    lacks = kernel.lacking()
    checks += [kernel_feature(feature, lacks) for feature in kernel.FEATURES]
    checks += [hypervisor(*each) for each in HYPERVISORS]
    return checks


def docker_engine(engine: Engine) -> Check:
    name = "Docker Engine"
    problem = engine.problem()
    if problem is not None:
        finding, _, fix = problem.partition("; ")
        return Check(name, "fail", finding, fix)
    version = engine.info.get("ServerVersion", "?")
    if not engine.is_local:
        return Check(
            name,
            "fail",
            f"{version} at {engine.url}, whose containers cannot be reached from here",
            "run provision on the machine that runs the engine",
        )
    return Check(name, "ok", f"{version} at {engine.url}")


def privileges(engine: Engine) -> Check:
    """Whether nodes can be privileged, or at least have what systemd and dockerd need."""
    name = "container privileges"
    mask = capabilities.engine_bounding_mask()
    if mask is None:
        return Check(name, "warn", "cannot be seen here; found out when a node starts")
    lacking = capabilities.missing(mask)
    if vital := [each for each in capabilities.NEEDED if each in lacking]:
        return Check(
            name,
            "fail",
            f"the engine lacks {', '.join(vital)}",
            "run dockerd where these are allowed: not inside an unprivileged container",
        )
    if lacking:
        return Check(
            name, "ok", f"all but {', '.join(lacking)}: nodes get the rest one by one, unprivileged"
        )
    rootless = any("rootless" in option for option in engine.info.get("SecurityOptions") or ())
    if rootless:
        return Check(
            name,
            "warn",
            "the engine runs rootless: nodes may fail to boot, addresses are not reachable",
            "use the system's engine: apt-get install docker.io; unset DOCKER_HOST",
        )
    return Check(name, "ok", "full: nodes are privileged")


def cgroups(engine: Engine) -> Check:
    name = "cgroups"
    version = str(engine.info.get("CgroupVersion", "1"))
    lacking = [
        word
        for key, word in (("MemoryLimit", "memory"), ("CpuCfsQuota", "cpu"), ("PidsLimit", "pids"))
        if not engine.info.get(key, True)
    ]
    if lacking:
        return Check(
            name,
            "warn",
            f"version {version}, without limits on {', '.join(lacking)}",
            "boot with cgroup_enable=memory swapaccount=1 on the kernel's command line",
        )
    return Check(name, "ok", f"version {version}, with limits on memory, cpu and pids")


def resources(engine: Engine) -> Check:
    memory, cpus = int(engine.info["MemTotal"]) >> 20, int(engine.info["NCPU"])
    root = Path(engine.info.get("DockerRootDir") or "/")
    free = shutil.disk_usage(root if root.exists() else "/").free >> 30
    finding = f"{memory} MiB of memory, {cpus} CPUs, {free} GiB free in {root}"
    if memory < 3 * 1024 or free < 10:
        return Check(
            "resources", "warn", f"{finding}: tight for three nodes", "provision up --memory 768"
        )
    return Check("resources", "ok", finding)


def disk_limit(engine: Engine) -> Check:
    if enforces_disk(engine.info):
        return Check("disk limit", "ok", "the engine can bound a node's file system")
    return Check(
        "disk limit",
        "warn",
        f"--disk is not enforced with storage driver {engine.info.get('Driver')} here",
        "put Docker's data on XFS mounted with pquota",
    )


def image_source(reachable: Callable[[], bool] | None = None) -> Check:
    """Where the node image can come from.

    Parameters:
        reachable: whether a registry answers; None means to ask the engine.
    """
    name = "node image"
    if shutil.which("mmdebstrap"):
        if host_mirror(DEFAULT_RELEASE):
            return Check(name, "ok", "mmdebstrap can make it from this host's Debian mirror")
        finding = "mmdebstrap is here, but apt's sources name no Debian mirror"
    else:
        finding = "mmdebstrap is not installed"
    if (reachable or _registry_answers)():
        return Check(name, "ok", f"a registry gives debian:{DEFAULT_RELEASE} ({finding})")
    return Check(
        name,
        "warn",
        f"{finding}, and no registry gives debian:{DEFAULT_RELEASE}",
        "apt-get install mmdebstrap",
    )


def _registry_answers() -> bool:
    from provision.machines.node_image import NodeImages

    try:
        return NodeImages(Engine()).base_answers(DEFAULT_RELEASE)
    except MachineError:
        return False


def inotify(file: Path = host_limits.INOTIFY) -> Check:
    name, needed = "inotify instances", host_limits.INOTIFY_NEEDED
    try:
        current = int(file.read_text())
    except (OSError, ValueError):
        return Check(name, "warn", "the limit cannot be read")
    if current >= needed:
        return Check(name, "ok", f"limit {current}")
    if os.geteuid() == 0:
        return Check(name, "ok", f"limit {current}; `provision up` raises it to {needed}")
    return Check(
        name,
        "warn",
        f"limit {current}: a few nodes exhaust it",
        f"sudo sysctl -w fs.inotify.max_user_instances={needed}",
    )


def ssh_client() -> Check:
    if (path := shutil.which("ssh")) is None:
        return Check("ssh client", "warn", "not installed", "apt-get install openssh-client")
    version = subprocess.run([path, "-V"], capture_output=True, text=True, check=False).stderr
    return Check("ssh client", "ok", version.split(",")[0].strip())


def kernel_feature(feature: kernel.Feature, lacks: Collection[kernel.Feature]) -> Check:
    """Whether the running kernel has something built in, loaded, or at hand as a module.

    Parameters:
        lacks: what it surely lacks.
    """
    how = kernel.has(feature)
    if how is not None:
        return Check(feature.name, "ok", f"{how}: {feature.purpose}")
    if feature not in lacks:
        return Check(feature.name, "ok", "cannot be seen here; Docker loads it where it is")
    return Check(feature.name, "warn", f"this kernel lacks it: {feature.without}", feature.fix)


HYPERVISORS = (
    ("Vagrant", ("vagrant",), "apt-get install vagrant"),
    ("VirtualBox", ("VBoxManage",), "install it from virtualbox.org; Debian has no package"),
    (
        "libvirt",
        ("virsh",),
        "apt-get install libvirt-daemon-system vagrant-libvirt dnsmasq-base",
    ),
    ("QEMU", ("qemu-system-x86_64", "qemu-system-aarch64"), "apt-get install qemu-system-x86"),
)
"""Name, commands, and what installs it. They are for machines as real VMs."""


def hypervisor(name: str, commands: Iterable[str], fix: str) -> Check:
    for command in commands:
        if path := shutil.which(command):
            return Check(name, "ok", path)
    return Check(name, "warn", "not installed; only needed for machines as VMs", fix)
