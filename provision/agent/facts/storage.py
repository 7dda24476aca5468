"""The names by which networks of storage know this machine; empty where it is in none."""

from __future__ import annotations

import glob
from typing import Any, Dict

from provision.agent.facts import read


def iscsi() -> Dict[str, Any]:
    name = ""
    for line in read.lines("/etc/iscsi/initiatorname.iscsi"):
        if line.startswith("InitiatorName="):
            name = line.partition("=")[2].strip()
            break
    return {"iscsi_iqn": name}


def nvme() -> Dict[str, Any]:
    names = [line.strip() for line in read.lines("/etc/nvme/hostnqn") if line.startswith("nqn.")]
    return {"hostnqn": names[0] if names else ""}


def fibre_channel() -> Dict[str, Any]:
    ports = [read.text(path) for path in sorted(glob.glob("/sys/class/fc_host/*/port_name"))]
    return {"fibre_channel_wwn": [port[2:] for port in ports if port]}
