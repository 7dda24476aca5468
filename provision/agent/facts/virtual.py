"""Whether this is a container or a virtual machine."""

from __future__ import annotations

import os
from typing import Any, Dict, List, Tuple

from provision.agent.facts import read

PRODUCTS = (
    ("KVM", "kvm"),
    ("QEMU", "kvm"),
    ("Standard PC", "kvm"),
    ("VirtualBox", "virtualbox"),
    ("VMware", "VMware"),
    ("Virtual Machine", "VirtualPC"),
    ("OpenStack", "openstack"),
    ("Bochs", "kvm"),
)
VENDORS = (
    ("QEMU", "kvm"),
    ("innotek GmbH", "virtualbox"),
    ("Xen", "xen"),
    ("Amazon EC2", "kvm"),
    ("Google", "kvm"),
    ("DigitalOcean", "kvm"),
    ("Hetzner", "kvm"),
)


def collect() -> Dict[str, Any]:
    guest = _guest()
    kind, role = guest[0] if guest else ("NA", "NA")
    return {
        "virtualization_type": kind,
        "virtualization_role": role,
        "virtualization_tech_guest": [name for name, _ in guest],
        "virtualization_tech_host": [],
    }


def _guest() -> List[Tuple[str, str]]:
    container = read.text("/run/systemd/container") or _container_variable()
    if container:
        return [(container, "guest")]
    if os.path.exists("/.dockerenv"):
        return [("docker", "guest")]
    if os.path.exists("/run/.containerenv"):
        return [("podman", "guest")]
    for file, known in (("product_name", PRODUCTS), ("sys_vendor", VENDORS)):
        value = read.text("/sys/devices/virtual/dmi/id/" + file)
        for start, kind in known:
            if value.startswith(start):
                return [(kind, "guest")]
    if " hypervisor" in read.text("/proc/cpuinfo")[:8192]:
        return [("kvm", "guest")]
    return []


def _container_variable() -> str:
    """What the container manager told PID 1; readable by root only."""
    for part in read.text("/proc/1/environ").split("\0"):
        if part.startswith("container="):
            return part[len("container=") :]
    return ""
