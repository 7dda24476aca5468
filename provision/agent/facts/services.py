"""What runs the services, and systemd's version."""

from __future__ import annotations

import os
from typing import Any, Dict

from provision.agent.facts import read
from provision.agent.facts.programs import Asked

SYSTEMCTL = ("systemctl", "--version")


def manager() -> str:
    if os.path.isdir("/run/systemd/system"):
        return "systemd"
    if os.path.isdir("/run/openrc"):
        return "openrc"
    first = read.text("/proc/1/comm")
    return {"init": "sysvinit", "runit": "runit"}.get(first, first or "unknown")


def systemd(asked: Asked) -> Dict[str, Any]:
    """Version and compiled-in features, where systemd runs."""
    said = asked.answer(SYSTEMCTL).splitlines()
    words = said[0].split() if said else []
    if manager() != "systemd" or len(words) < 2 or not words[1].isdigit():
        return {}
    return {"systemd": {"version": int(words[1]), "features": " ".join(said[1:])}}
