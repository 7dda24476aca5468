"""Names, kernel, Python."""

from __future__ import annotations

import os
import sys
from typing import Any, Dict

from provision.agent.facts import read


def collect() -> Dict[str, Any]:
    uname = os.uname()
    found: Dict[str, Any] = {
        "system": uname.sysname,
        "kernel": uname.release,
        "kernel_version": uname.version,
        "machine": uname.machine,
        "architecture": uname.machine,
        "userspace_bits": "64" if sys.maxsize > 2**32 else "32",
        "nodename": uname.nodename,
        "hostname": uname.nodename.split(".")[0],
        "python_version": "{}.{}.{}".format(*sys.version_info[:3]),
    }
    found["userspace_architecture"] = _userspace(uname.machine, found["userspace_bits"])
    machine_id = read.text("/etc/machine-id") or read.text("/var/lib/dbus/machine-id")
    if machine_id:
        found["machine_id"] = machine_id
    found.update(_fqdn(uname.nodename))
    return found


def _userspace(machine: str, bits: str) -> str:
    """A 64-bit kernel may run 32-bit programs."""
    if machine in ("x86_64", "i386", "i486", "i586", "i686"):
        return "x86_64" if bits == "64" else "i386"
    return machine


def _fqdn(nodename: str) -> Dict[str, Any]:
    """As getfqdn would say from /etc/hosts; no resolver is asked, for it may not answer."""
    name = nodename
    if "." not in name:
        for line in read.lines("/etc/hosts"):
            names = line.partition("#")[0].split()[1:]
            if nodename in names:
                name = next((n for n in names if "." in n), nodename)
                break
    return {"fqdn": name, "domain": name.partition(".")[2]}


def python() -> Dict[str, Any]:
    version = sys.version_info
    return {
        "python": {
            "executable": sys.executable,
            "type": sys.implementation.name,
            "version": {
                "major": version.major,
                "minor": version.minor,
                "micro": version.micro,
                "releaselevel": version.releaselevel,
                "serial": version.serial,
            },
            "version_info": list(version),
            "has_sslcontext": True,
        },
    }


def kernel_command_line() -> Dict[str, Any]:
    """``cmdline`` has the last value of each word, ``proc_cmdline`` a list of those said again."""
    last: Dict[str, Any] = {}
    every: Dict[str, Any] = {}
    for word in read.text("/proc/cmdline").split():
        key, equals, value = word.partition("=")
        last[key] = value if equals else True
        if key in every and equals:
            before = every[key]
            every[key] = [*(before if isinstance(before, list) else [before]), value]
        else:
            every[key] = last[key]
    return {"cmdline": last, "proc_cmdline": every}


def chroot() -> Dict[str, Any]:
    """Whether our root is not that of process 1; who may not see that one is in none."""
    inside = "debian_chroot" in os.environ
    try:
        inside = inside or not os.path.samestat(os.stat("/"), os.stat("/proc/1/root/."))
    except OSError:
        pass
    return {"is_chroot": inside}
