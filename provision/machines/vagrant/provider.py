"""What lies below Vagrant: which provider works here, and what a crash left in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from provision.errors import MachineError
from provision.machines.docker.engine import Engine
from provision.machines.driver import ClusterSpec
from provision.machines.vagrant.shape import mark, network_names

PROVIDERS = ("virtualbox", "libvirt", "docker")

_URI = "qemu:///system"
_POOL = "default"
_TIMEOUT = 60


def problems(provider: str) -> list[str]:
    """What keeps Vagrant from working with a provider here, each with what to do."""
    if shutil.which("vagrant") is None:
        return ["Vagrant is not installed; apt-get install vagrant, or vagrantup.com"]
    return {"virtualbox": _virtualbox, "libvirt": _libvirt, "docker": _docker}[provider]()


def _virtualbox() -> list[str]:
    if shutil.which("VBoxManage") is None:
        return ["VirtualBox is not installed; install it from virtualbox.org"]
    done = _ask(["VBoxManage", "--version"])
    # Without its kernel module it prints its version all the same, below a warning.
    if done is None or done.returncode or "WARNING" in done.stdout + done.stderr:
        return ["VirtualBox's kernel module is not loaded; sudo /sbin/vboxconfig"]
    return []


def _libvirt() -> list[str]:
    found = []
    if shutil.which("virsh") is None:
        found.append(
            "libvirt is not installed; apt-get install libvirt-daemon-system libvirt-clients"
        )
    elif (done := _ask(["virsh", "-c", _URI, "version"])) is None or done.returncode:
        found.append(
            "libvirt does not answer; systemctl start libvirtd, and be in the group libvirt"
        )
    if not any(shutil.which(f"qemu-system-{arch}") for arch in ("x86_64", "aarch64")):
        found.append("QEMU is not installed; apt-get install qemu-system-x86 qemu-utils")
    if shutil.which("dnsmasq", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None:
        found.append("dnsmasq is not installed; apt-get install dnsmasq-base")
    plugins = _ask(["vagrant", "plugin", "list"])
    if plugins is None or "vagrant-libvirt" not in plugins.stdout:
        found.append(
            "Vagrant's plugin for libvirt is not installed; apt-get install vagrant-libvirt"
        )
    return found


def _docker() -> list[str]:
    if shutil.which("docker") is None:
        return ["the docker command is not installed; apt-get install docker.io"]
    problem = Engine().problem()
    return [problem] if problem else []


def kvm_works(cpuinfo: Path = Path("/proc/cpuinfo"), device: Path = Path("/dev/kvm")) -> bool:
    """Whether VMs can run on the CPU itself; a device without the CPU's support only hangs."""
    try:
        flags = cpuinfo.read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    supported = not {"vmx", "svm"}.isdisjoint(flags.split())
    return supported and device.exists()


def taken(provider: str, name: str) -> bool:
    """Whether the provider has a machine, or a machine's disk, of that name already."""
    if provider == "virtualbox":
        return _succeeds(["VBoxManage", "showvminfo", name, "--machinereadable"])
    if provider == "libvirt":
        return _succeeds([*_virsh(), "domstate", name]) or _has_volume(name)
    return _succeeds(["docker", "container", "inspect", name])


def remove_machine(provider: str, cluster: ClusterSpec, name: str) -> None:
    """Remove what Vagrant lost sight of: the machine if it bears our mark, and its disk.

    Raises:
        MachineError: it cannot be removed.
    """
    if provider == "virtualbox":
        owner = _ask(["VBoxManage", "getextradata", name, "provision/cluster"])
        if owner and not owner.returncode and owner.stdout.strip() == f"Value: {cluster.name}":
            _ask(["VBoxManage", "controlvm", name, "poweroff"])
            _must(["VBoxManage", "unregistervm", name, "--delete"], name)
    elif provider == "libvirt":
        said = _ask([*_virsh(), "desc", name])
        if said and not said.returncode:
            if said.stdout.strip() != mark(cluster):
                return
            _ask([*_virsh(), "destroy", name])
            _must([*_virsh(), "undefine", name, "--managed-save", "--snapshots-metadata"], name)
        if _has_volume(name):
            _must([*_virsh(), "vol-delete", "--pool", _POOL, f"{name}.img"], name)


def host_only_interfaces() -> dict[str, str]:
    """VirtualBox's host-only interfaces and their addresses."""
    done = _ask(["VBoxManage", "list", "hostonlyifs"])
    found: dict[str, str] = {}
    name = ""
    for line in done.stdout.splitlines() if done else ():
        key, _, value = line.partition(":")
        if key == "Name":
            name = value.strip()
        elif key == "IPAddress":
            found[name] = value.strip()
    return found


def remove_networks(provider: str, cluster: ClusterSpec, before: Sequence[str], own: str) -> None:
    """Remove the networks that were made for a cluster.

    Parameters:
        before: VirtualBox's host-only interfaces that were there before.
        own: the host's address in the cluster's subnet.

    Raises:
        MachineError: one is still in use.
    """
    if provider == "virtualbox":
        for name, address in host_only_interfaces().items():
            if address == own and name not in before:
                _must(["VBoxManage", "hostonlyif", "remove", name], "")
    elif provider == "libvirt":
        listed = _ask([*_virsh(), "net-list", "--all", "--name"])
        existing = listed.stdout.split() if listed else []
        for name in network_names(cluster):
            if name in existing:
                _ask([*_virsh(), "net-destroy", name])
                _must([*_virsh(), "net-undefine", name], "")
    elif provider == "docker":
        _remove_docker_network(own)


def _remove_docker_network(own: str) -> None:
    """Vagrant's docker provider names its networks by subnet and leaves them."""
    listed = _ask(["docker", "network", "ls", "-q", "--filter", "name=vagrant_network_"])
    for identity in listed.stdout.split() if listed else ():
        found = _ask(["docker", "network", "inspect", identity])
        if found is None or found.returncode:
            continue
        network = json.loads(found.stdout)[0]
        gateways = [each.get("Gateway") for each in network["IPAM"]["Config"]]
        if own in gateways and not network["Containers"]:
            _must(["docker", "network", "rm", identity], "")


def _has_volume(name: str) -> bool:
    return _succeeds([*_virsh(), "vol-info", "--pool", _POOL, f"{name}.img"])


def _virsh() -> list[str]:
    return ["virsh", "-q", "-c", _URI]


def _ask(command: Sequence[str]) -> subprocess.CompletedProcess[str] | None:
    """What a command answers; None if it cannot be run or does not end."""
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


def _succeeds(command: Sequence[str]) -> bool:
    done = _ask(command)
    return done is not None and done.returncode == 0


def _must(command: Sequence[str], name: str) -> None:
    done = _ask(command)
    if done is None or done.returncode:
        said = " ".join((done.stderr or done.stdout).split()) if done else "no answer"
        raise MachineError(f"`{' '.join(command)}` failed: {said}", host=name or None)
