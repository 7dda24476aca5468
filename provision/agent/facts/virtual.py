"""Whether this is a container or a virtual machine, and whether it could run some itself."""

from __future__ import annotations

import os
import re
from typing import Any, Dict, List, Tuple

from provision.agent.facts import read

DMI = "/sys/devices/virtual/dmi/id/"
_CONTAINERS = frozenset({"docker", "lxc", "podman", "openvz", "containerd"})
_CGROUPS = (
    (r"/docker(/|-[0-9a-f]+\.scope)", "docker"),
    (r"/lxc/|/machine\.slice/machine-lxc", "lxc"),
    (r"/system\.slice/containerd\.service", "containerd"),
)
_FIRMWARE = (
    ("product_name", r"(KVM|KVM Server|Bochs|AHV)$", "kvm"),
    ("product_name", r"RHEV Hypervisor$", "RHEV"),
    ("product_name", r"VMware", "VMware"),
    ("product_name", r"OpenStack", "openstack"),
    ("bios_vendor", r"Xen$", "xen"),
    ("bios_vendor", r"innotek GmbH$", "virtualbox"),
    ("bios_vendor", r"(Amazon EC2|DigitalOcean|Hetzner|Linode)$", "kvm"),
    ("sys_vendor", r"Microsoft Corporation$", "VirtualPC"),
    ("sys_vendor", r"Parallels", "parallels"),
    ("sys_vendor", r"(QEMU|oVirt|Amazon EC2|Google|DigitalOcean|Hetzner|Linode|Nutanix)", "kvm"),
    ("sys_vendor", r"OpenStack Foundation$", "openstack"),
    ("sys_vendor", r"(innotek GmbH|Oracle Corporation VirtualBox)$", "virtualbox"),
)
_PROCESSORS = (
    (r"^model name.*QEMU Virtual CPU", "kvm"),
    (r"^vendor_id.*User Mode Linux|^model name.*UML", "uml"),
    (r"^machine.*CHRP IBM pSeries \(emulated by qemu\)", "kvm"),
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
    found += [name for pattern, name in _CGROUPS if re.search(pattern, cgroups)]
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


def _machines() -> List[str]:
    if os.path.exists("/proc/xen"):
        return ["xen"]
    said = {file: read.text(DMI + file) for file, _, _ in _FIRMWARE}
    found = [name for file, pattern, name in _FIRMWARE if re.match(pattern, said[file])]
    processors = read.text("/proc/cpuinfo")[:8192]
    signs: Tuple[Tuple[str, str], ...] = _PROCESSORS
    found += [name for sign, name in signs if re.search(sign, processors, re.MULTILINE)]
    modules = {line.split(" ", 1)[0] for line in read.lines("/proc/modules")}
    return [*found, "kvm"] if "virtio" in modules and "kvm" not in found else found


def _hypervisors() -> List[str]:
    modules = {line.split(" ", 1)[0] for line in read.lines("/proc/modules")}
    found = ["kvm"] if "kvm" in modules or os.path.exists("/dev/kvm") else []
    return [*found, "virtualbox"] if "vboxdrv" in modules else found
