"""Which Linux this is, from os-release, and what follows from it.

os-release: https://www.freedesktop.org/software/systemd/man/latest/os-release.html
"""

from __future__ import annotations

import os
from typing import Any, Dict, Tuple

from provision.agent.facts import read

# Ansible's spelling where it differs from a capitalised ID.
NAMES = {
    "almalinux": "AlmaLinux",
    "amzn": "Amazon",
    "arch": "Archlinux",
    "centos": "CentOS",
    "kali": "Kali",
    "linuxmint": "Linux Mint",
    "ol": "OracleLinux",
    "opensuse-leap": "openSUSE Leap",
    "opensuse-tumbleweed": "openSUSE Tumbleweed",
    "pop": "Pop!_OS",
    "raspbian": "Debian",
    "rhel": "RedHat",
    "sles": "SLES",
}
FAMILIES = (
    ("Debian", ("debian", "ubuntu", "raspbian", "linuxmint", "kali", "pop", "devuan")),
    ("RedHat", ("rhel", "fedora", "centos", "rocky", "almalinux", "ol", "amzn")),
    ("Suse", ("suse", "sles", "opensuse", "opensuse-leap", "opensuse-tumbleweed")),
    ("Alpine", ("alpine",)),
    ("Archlinux", ("arch", "manjaro")),
    ("Gentoo", ("gentoo",)),
)
PACKAGE_MANAGERS = (
    ("/usr/bin/apt-get", "apt"),
    ("/usr/bin/dnf", "dnf"),
    ("/usr/bin/yum", "yum"),
    ("/usr/bin/zypper", "zypper"),
    ("/sbin/apk", "apk"),
    ("/usr/bin/pacman", "pacman"),
)


def collect() -> Dict[str, Any]:
    release = _release()
    identity = release.get("ID", "linux")
    version = release.get("VERSION_ID", "")
    precise = _precise_version(identity, version)
    found: Dict[str, Any] = {
        "distribution": _name(identity),
        "distribution_version": precise,
        "distribution_major_version": version.split(".")[0],
        "distribution_release": release.get("VERSION_CODENAME") or "NA",
        "distribution_file_parsed": True,
        "distribution_file_path": "/etc/os-release",
        "distribution_file_variety": _family(identity, release.get("ID_LIKE", "")),
        "os_family": _family(identity, release.get("ID_LIKE", "")),
    }
    if "." in precise:
        found["distribution_minor_version"] = precise.split(".")[1]
    return found


def lsb() -> Dict[str, Any]:
    """What lsb_release says, told without it: it need not be installed."""
    release = _release()
    identity, version = release.get("ID", "linux"), release.get("VERSION_ID", "")
    return {
        "lsb": {
            "id": _name(identity),
            "release": version,
            "major_release": version.split(".")[0],
            "codename": release.get("VERSION_CODENAME", ""),
            "description": release.get("PRETTY_NAME", identity),
        }
    }


def package_manager() -> Dict[str, Any]:
    return {"pkg_mgr": _first_present(PACKAGE_MANAGERS, "unknown")}


def _release() -> Dict[str, str]:
    return read.assignments("/etc/os-release") or read.assignments("/usr/lib/os-release")


def _name(identity: str) -> str:
    return NAMES.get(identity, identity.capitalize())


def _family(identity: str, like: str) -> str:
    for candidate in (identity, *like.split()):
        for family, members in FAMILIES:
            if candidate in members:
                return family
    return _name(identity)


def _precise_version(identity: str, version: str) -> str:
    """Debian's point release is in debian_version only."""
    if identity == "debian":
        point = read.text("/etc/debian_version")
        if point.split(".")[0] == version:
            return point
    return version


def _first_present(candidates: Tuple[Tuple[str, str], ...], default: str) -> str:
    for path, name in candidates:
        if os.path.exists(path):
            return name
    return default
