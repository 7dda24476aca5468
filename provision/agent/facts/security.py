"""AppArmor, SELinux, FIPS mode, capabilities."""

from __future__ import annotations

import os
from typing import Any, Dict

from provision.agent.facts import read
from provision.agent.facts.programs import Asked

CAPSH = ("capsh", "--print")


def apparmor() -> Dict[str, Any]:
    there = os.path.isdir("/sys/kernel/security/apparmor")
    return {"apparmor": {"status": "enabled" if there else "disabled"}}


def fips() -> Dict[str, Any]:
    return {"fips": read.text("/proc/sys/crypto/fips_enabled") == "1"}


def selinux() -> Dict[str, Any]:
    return {"selinux": _selinux(), "selinux_python_present": True}


def _selinux() -> Dict[str, Any]:
    if not os.path.exists("/sys/fs/selinux/enforce"):
        return {"status": "disabled"}
    mode = "enforcing" if read.text("/sys/fs/selinux/enforce") == "1" else "permissive"
    configured = read.assignments("/etc/selinux/config")
    return {
        "status": "enabled",
        "mode": mode,
        "config_mode": configured.get("SELINUX", "unknown"),
        "type": configured.get("SELINUXTYPE", "unknown"),
        "policyvers": read.text("/sys/fs/selinux/policyvers"),
    }


def capabilities(asked: Asked) -> Dict[str, Any]:
    """capsh's "Current" line, cut at its first "=" and at commas; "NA" without capsh."""
    enforced, names = "NA", []
    for line in asked.answer(CAPSH).splitlines():
        if line.startswith("Current:"):
            said = line.partition(":")[2].strip()
            if said == "=ep":
                enforced = "False"
            else:
                enforced = "True"
                names = [name.strip() for name in said.partition("=")[2].split("=")[0].split(",")]
    return {"system_capabilities": names, "system_capabilities_enforced": enforced}
