"""Processors, memory, mounts, uptime."""

from __future__ import annotations

import os
from typing import Any, Dict, List, Set, Tuple

from provision.agent.facts import read

# Asking a dead server for its free space blocks for ever.
REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "ceph", "glusterfs", "9p", "afs", "ncpfs"})


def collect() -> Dict[str, Any]:
    found = dict(_processors(), **_memory())
    found["mounts"] = _mounts()
    uptime = read.text("/proc/uptime").split()
    if uptime:
        found["uptime_seconds"] = int(float(uptime[0]))
    load = read.text("/proc/loadavg").split()
    if len(load) >= 3:
        found["loadavg"] = {"1m": float(load[0]), "5m": float(load[1]), "15m": float(load[2])}
    for fact, file in (
        ("system_vendor", "sys_vendor"),
        ("product_name", "product_name"),
        ("product_version", "product_version"),
        ("bios_version", "bios_version"),
        ("form_factor", "chassis_type"),
    ):
        found[fact] = read.text("/sys/devices/virtual/dmi/id/" + file) or "NA"
    return found


def _processors() -> Dict[str, Any]:
    described: List[str] = []
    sockets: Set[str] = set()
    cores: Set[Tuple[str, str]] = set()
    package, count = "0", 0
    for line in read.lines("/proc/cpuinfo"):
        key, _, value = (part.strip() for part in line.partition(":"))
        if key == "processor":
            count += 1
            described.append(value)
        elif key in ("vendor_id", "model name", "cpu"):
            described.append(value)
        elif key == "physical id":
            package = value
            sockets.add(value)
        elif key == "core id":
            cores.add((package, value))
    count = count or os.cpu_count() or 1
    packages = len(sockets) or 1
    per_package = max(1, len(cores) // packages) if cores else max(1, count // packages)
    return {
        "processor": described,
        "processor_count": packages,
        "processor_cores": per_package,
        "processor_threads_per_core": max(1, count // (per_package * packages)),
        "processor_vcpus": count,
        "processor_nproc": len(os.sched_getaffinity(0)),
    }


def _memory() -> Dict[str, Any]:
    kib = {}
    for line in read.lines("/proc/meminfo"):
        key, _, value = line.partition(":")
        kib[key] = int(value.split()[0])
    total, free = kib.get("MemTotal", 0), kib.get("MemFree", 0)
    cached = kib.get("Cached", 0) + kib.get("Buffers", 0)
    swap, swap_free = kib.get("SwapTotal", 0), kib.get("SwapFree", 0)
    return {
        "memtotal_mb": total // 1024,
        "memfree_mb": free // 1024,
        "swaptotal_mb": swap // 1024,
        "swapfree_mb": swap_free // 1024,
        "memory_mb": {
            "real": {
                "total": total // 1024,
                "used": (total - free) // 1024,
                "free": free // 1024,
            },
            "nocache": {
                "free": (free + cached) // 1024,
                "used": (total - free - cached) // 1024,
            },
            "swap": {
                "total": swap // 1024,
                "free": swap_free // 1024,
                "used": (swap - swap_free) // 1024,
                "cached": kib.get("SwapCached", 0) // 1024,
            },
        },
    }


def _mounts() -> List[Dict[str, Any]]:
    """File systems on devices and remote ones; the kernel's own are left out, as in Ansible."""
    found = []
    for line in read.lines("/proc/self/mounts"):
        device, mount, kind, options = (_unescape(part) for part in line.split()[:4])
        if not device.startswith("/") and ":/" not in device and mount != "/":
            continue
        entry: Dict[str, Any] = {
            "device": device,
            "mount": mount,
            "fstype": kind,
            "options": options,
        }
        if kind not in REMOTE and not kind.startswith("fuse"):
            entry.update(_sizes(mount))
        found.append(entry)
    return found


def _sizes(mount: str) -> Dict[str, int]:
    try:
        state = os.statvfs(mount)
    except OSError:
        return {}
    return {
        "size_total": state.f_frsize * state.f_blocks,
        "size_available": state.f_frsize * state.f_bavail,
        "block_size": state.f_bsize,
        "block_total": state.f_blocks,
        "block_available": state.f_bavail,
        "block_used": state.f_blocks - state.f_bavail,
        "inode_total": state.f_files,
        "inode_available": state.f_favail,
        "inode_used": state.f_files - state.f_favail,
    }


def _unescape(text: str) -> str:
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, char)
    return text
