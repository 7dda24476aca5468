"""``lvm``: volume groups, logical and physical volumes."""

from __future__ import annotations

import os
from typing import Any, Dict, Iterator, List, Union

from provision.agent.facts.programs import Asked

_OPTIONS = ("--noheadings", "--nosuffix", "--units", "g", "--separator", ",")
_VGS = ("vgs", *_OPTIONS, "-o", "vg_name,pv_count,lv_count,vg_size,vg_free")
_LVS = ("lvs", *_OPTIONS, "-o", "vg_name,lv_name,lv_size")
_PVS = ("pvs", *_OPTIONS, "-o", "pv_name,vg_name,pv_size,pv_free")
COMMANDS = (_VGS, _LVS, _PVS)


def collect(asked: Asked) -> Union[str, Dict[str, Any]]:
    """Sizes in GiB, as text; "N/A" for who may not ask."""
    said = {command: asked.answer(command) for command in COMMANDS}
    if os.geteuid() != 0 or not os.path.exists("/sbin/vgs"):
        return "N/A"
    groups: Dict[str, Any] = {}
    for name, physical, logical, size, free in _rows(said[_VGS], 5):
        groups[name] = {"size_g": size, "free_g": free, "num_lvs": logical, "num_pvs": physical}
        groups[name]["lvs"] = {}
    volumes = {}
    for group, name, size in _rows(said[_LVS], 3):
        volumes[name] = {"size_g": size, "vg": group}
        if group in groups:
            groups[group]["lvs"][name] = {"size_g": size}
    disks = {}
    for name, group, size, free in _rows(said[_PVS], 4):
        disks[name] = {"size_g": size, "free_g": free, "vg": group}
    return {"lvs": volumes, "vgs": groups, "pvs": disks}


def _rows(text: str, width: int) -> Iterator[List[str]]:
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) == width:
            yield cells
