"""The names by which networks of storage know this machine; empty where it is in none."""

from __future__ import annotations

import os
from typing import Any, Dict

from provision.agent.facts import read

FC_HOSTS = "/sys/class/fc_host"


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
    try:
        hosts = sorted(os.listdir(FC_HOSTS))
    except OSError:
        hosts = []
    ports = [read.text(f"{FC_HOSTS}/{host}/port_name") for host in hosts]
    return {"fibre_channel_wwn": [port[2:] for port in ports if port]}
