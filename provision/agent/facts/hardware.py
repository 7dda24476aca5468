"""Processors, memory, uptime, load."""

from __future__ import annotations

import os
from typing import Any, Dict, List, Set, Tuple

from provision.agent.facts import read


def collect() -> Dict[str, Any]:
    found = dict(_processors(), **_memory())
    uptime = read.text("/proc/uptime").split()
    if uptime:
        found["uptime_seconds"] = int(float(uptime[0]))
    return found


def load() -> Dict[str, Any]:
    try:
        one, five, fifteen = os.getloadavg()
    except OSError:
        return {}
    return {"loadavg": {"1m": one, "5m": five, "15m": fifteen}}


def _processors() -> Dict[str, Any]:
    described: List[str] = []
    sockets: Set[str] = set()
    cores: Set[Tuple[str, str]] = set()
    flags: List[str] = []
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
        elif key in ("flags", "Features") and not flags:
            flags = value.split()
    count = count or os.cpu_count() or 1
    packages = len(sockets) or 1
    per_package = max(1, len(cores) // packages) if cores else max(1, count // packages)
    return {
        "flags": flags,
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
