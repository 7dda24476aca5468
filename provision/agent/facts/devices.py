"""Block devices and the links that udev makes to them."""

from __future__ import annotations

import os
import re
from typing import Any, Dict, List

from provision.agent.facts import read

BLOCK = "/sys/block"
DISK = "/dev/disk"
_SECTOR = 512
_UNITS = ("YB", "ZB", "EB", "PB", "TB", "GB", "MB", "KB")


def collect() -> Dict[str, Any]:
    links = {
        "ids": _links("by-id"),
        "uuids": _links("by-uuid"),
        "labels": _links("by-label"),
        "masters": _masters(),
    }
    return {
        "device_links": links,
        "devices": {name: _device(name, links) for name in _entries(BLOCK)},
    }


def uuids() -> Dict[str, str]:
    """Device name -> file system's UUID, as far as udev knows them."""
    return {device: names[0] for device, names in _links("by-uuid").items()}


def _entries(path: str) -> List[str]:
    try:
        return sorted(os.listdir(path))
    except OSError:
        return []


def _links(kind: str) -> Dict[str, List[str]]:
    """Device name -> its names in one folder of /dev/disk."""
    found: Dict[str, List[str]] = {}
    folder = os.path.join(DISK, kind)
    for name in _entries(folder):
        try:
            target = os.readlink(os.path.join(folder, name))
        except OSError:
            continue
        found.setdefault(os.path.basename(target), []).append(name)
    return found


def _masters() -> Dict[str, List[str]]:
    """Device name -> the devices that are made of it."""
    found: Dict[str, List[str]] = {}
    for master in _entries(BLOCK):
        for slave in _entries(os.path.join(BLOCK, master, "slaves")):
            found.setdefault(slave, []).append(master)
    return found


def _device(name: str, links: Dict[str, Dict[str, List[str]]]) -> Dict[str, Any]:
    path = os.path.join(BLOCK, name)
    found: Dict[str, Any] = {
        # With a link in /sys/block, as every kernel since 2.6.26 has it, Ansible says 1 of all.
        "virtual": 1,
        "links": {kind: names.get(name, []) for kind, names in links.items()},
        "removable": _text(path, "removable"),
        "support_discard": _text(path, "queue/discard_granularity"),
        "rotational": _text(path, "queue/rotational"),
        "scheduler_mode": _scheduler(path),
        "host": "",
        "holders": _holders(path),
        "partitions": {
            part: _partition(os.path.join(path, part), part, links)
            for part in _entries(path)
            if _is_partition(part, name)
        },
    }
    for key in ("vendor", "model", "sas_address", "sas_device_handle"):
        found[key] = _text(path, "device/" + key)
    found.update(_size(path))
    return found


def _is_partition(part: str, device: str) -> bool:
    # No regular expression: to compile one for each device took 4 ms.
    return part.startswith(device) and re.fullmatch(r"p?\d+", part[len(device) :]) is not None


def _partition(path: str, name: str, links: Dict[str, Dict[str, List[str]]]) -> Dict[str, Any]:
    uuid = links["uuids"].get(name)
    return dict(
        _size(path),
        start=_text(path, "start") or 0,
        uuid=uuid[0] if uuid else None,
        holders=_holders(path),
        links={kind: names.get(name, []) for kind, names in links.items()},
    )


def _text(folder: str, name: str) -> Any:
    return read.text(os.path.join(folder, name)) or None


def _size(path: str) -> Dict[str, Any]:
    sectors = int(read.text(path + "/size", "0") or 0)
    logical = read.text(path + "/queue/logical_block_size")
    return {
        "sectors": sectors,
        "sectorsize": logical or _SECTOR,
        "size": human(sectors * _SECTOR),
    }


def human(size: float) -> str:
    """Bytes in the largest unit that gives at least 1, to two places."""
    for power, unit in zip(range(len(_UNITS), 0, -1), _UNITS):
        if size >= 1024**power:
            return "{:.2f} {}".format(size / 1024.0**power, unit)
    return "{:.2f} Bytes".format(size)


def _scheduler(path: str) -> str:
    found = re.search(r"\[(.*?)\]", read.text(path + "/queue/scheduler"))
    return found.group(1) if found else ""


def _holders(path: str) -> List[str]:
    """By the device mapper's names where they have one."""
    found = []
    for holder in _entries(path + "/holders"):
        name = read.text(os.path.join(path, "holders", holder, "dm/name"))
        found.append(name if holder.startswith("dm-") and name else holder)
    return found
