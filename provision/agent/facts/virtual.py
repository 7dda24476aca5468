"""Whether this is a container or a virtual machine, and whether it could run some itself."""

from __future__ import annotations

import os
import re
from typing import Any, Dict, List, Sequence, Tuple

from provision.agent.facts import read

DMI = "/sys/devices/virtual/dmi/id/"
_CONTAINERS = frozenset({"docker", "lxc", "podman", "openvz", "containerd"})
_HOSTERS = ("QEMU", "oVirt", "Amazon EC2", "Google", "DigitalOcean", "Hetzner", "Linode", "Nutanix")

# A pattern is compiled only if the text before it is there, and names are compared: to compile all
# of these took 4 ms of each agent's start.
_CGROUPS = (
    ("/docker", r"/docker(/|-[0-9a-f]+\.scope)", "docker"),
    ("lxc", r"/lxc/|/machine\.slice/machine-lxc", "lxc"),
    ("containerd", r"/system\.slice/containerd\.service", "containerd"),
)
_FIRMWARE = (
    # File, whole values, beginnings, type.
    ("product_name", ("KVM", "KVM Server", "Bochs", "AHV"), (), "kvm"),
    ("product_name", ("RHEV Hypervisor",), (), "RHEV"),
    ("product_name", (), ("VMware",), "VMware"),
    ("product_name", (), ("OpenStack",), "openstack"),
    ("bios_vendor", ("Xen",), (), "xen"),
    ("bios_vendor", ("innotek GmbH",), (), "virtualbox"),
    ("bios_vendor", ("Amazon EC2", "DigitalOcean", "Hetzner", "Linode"), (), "kvm"),
    ("sys_vendor", ("Microsoft Corporation",), (), "VirtualPC"),
    ("sys_vendor", (), ("Parallels",), "parallels"),
    ("sys_vendor", (), _HOSTERS, "kvm"),
    ("sys_vendor", ("OpenStack Foundation",), (), "openstack"),
    ("sys_vendor", ("innotek GmbH", "Oracle Corporation VirtualBox"), (), "virtualbox"),
)
_PROCESSORS = (
    ("QEMU Virtual CPU", r"^model name.*QEMU Virtual CPU", "kvm"),
    ("UML", r"^model name.*UML", "uml"),
    ("User Mode Linux", r"^vendor_id.*User Mode Linux", "uml"),
    ("CHRP IBM pSeries", r"^machine.*CHRP IBM pSeries \(emulated by qemu\)", "kvm"),
)


def collect() -> Dict[str, Any]:
    """The first sign of a guest gives the type; all signs are listed."""
    guest = _containers()
    kind, role = (guest[0], "guest") if guest else ("NA", "NA")
    if _CONTAINERS.intersection(guest):
        guest.append("container")
    machines = _machines()
    guest += machines
    if kind == "NA" and machines:
        kind, role = machines[0], "guest"
    host = _hypervisors()
    if kind == "NA" and host:
        kind, role = host[0], "host"
    return {
        "virtualization_type": kind,
        "virtualization_role": role,
        "virtualization_tech_guest": sorted(set(guest)),
        "virtualization_tech_host": sorted(set(host)),
    }


def _containers() -> List[str]:
    found = []
    cgroups = read.text("/proc/1/cgroup")
    found += _matching(_CGROUPS, cgroups)
    # Readable by root only; what a container's manager told process 1.
    for entry in read.text("/proc/1/environ").split("\0"):
        name = entry[len("container=") :] if entry.startswith("container=") else ""
        if name:
            found += [name, "container"] if name in ("lxc", "podman") else ["container"]
    if os.path.exists("/.dockerenv") or os.path.exists("/.dockerinit"):
        found.append("docker")
    if os.path.exists("/proc/vz") and not os.path.exists("/proc/lve"):
        found.append("openvz")
    if os.path.exists("/run/.containerenv"):
        found.append("podman")
    manager = read.text("/run/systemd/container")
    return [*found, manager] if manager else found


def _matching(signs: Sequence[Tuple[str, str, str]], text: str) -> List[str]:
    return [
        name
        for part, pattern, name in signs
        if part in text and re.search(pattern, text, re.MULTILINE)
    ]


def _machines() -> List[str]:
    if os.path.exists("/proc/xen"):
        return ["xen"]
    said = {file: read.text(DMI + file) for file in ("product_name", "bios_vendor", "sys_vendor")}
    found = [
        name
        for file, whole, beginnings, name in _FIRMWARE
        if said[file] in whole or said[file].startswith(beginnings)
    ]
    found += _matching(_PROCESSORS, read.text("/proc/cpuinfo")[:8192])
    modules = {line.split(" ", 1)[0] for line in read.lines("/proc/modules")}
    return [*found, "kvm"] if "virtio" in modules and "kvm" not in found else found


def _hypervisors() -> List[str]:
    modules = {line.split(" ", 1)[0] for line in read.lines("/proc/modules")}
    found = ["kvm"] if "kvm" in modules or os.path.exists("/dev/kvm") else []
    return [*found, "virtualbox"] if "vboxdrv" in modules else found
