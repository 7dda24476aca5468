"""Names, kernel, users, environment, Python, service manager."""

from __future__ import annotations

import os
import pwd
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
        "service_mgr": service_manager(),
        "env": dict(os.environ),
        "cmdline": _kernel_command_line(),
        "is_chroot": False,
        "fips": read.text("/proc/sys/crypto/fips_enabled") == "1",
        "apparmor": {
            "status": "enabled" if os.path.isdir("/sys/kernel/security/apparmor") else "disabled"
        },
        "selinux": _selinux(),
        "selinux_python_present": True,
    }
    machine_id = read.text("/etc/machine-id") or read.text("/var/lib/dbus/machine-id")
    if machine_id:
        found["machine_id"] = machine_id
    found.update(_fqdn(uname.nodename))
    found.update(_users())
    found.update(_python())
    found.update(_ssh_host_keys())
    return found


def service_manager() -> str:
    if os.path.isdir("/run/systemd/system"):
        return "systemd"
    if os.path.isdir("/run/openrc"):
        return "openrc"
    first = read.text("/proc/1/comm")
    return {"init": "sysvinit", "runit": "runit"}.get(first, first or "unknown")


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


def _users() -> Dict[str, Any]:
    uid = os.geteuid()
    found: Dict[str, Any] = {
        "user_uid": uid,
        "user_gid": os.getegid(),
        "real_user_id": os.getuid(),
        "effective_user_id": uid,
        "real_group_id": os.getgid(),
        "effective_group_id": os.getegid(),
    }
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return dict(found, user_id=str(uid))
    return dict(
        found,
        user_id=entry.pw_name,
        user_gid=entry.pw_gid,
        user_gecos=entry.pw_gecos,
        user_dir=entry.pw_dir,
        user_shell=entry.pw_shell,
    )


def _python() -> Dict[str, Any]:
    version = sys.version_info
    return {
        "python_version": "{}.{}.{}".format(*version[:3]),
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


def _ssh_host_keys() -> Dict[str, Any]:
    found = {}
    for kind in ("dsa", "rsa", "ecdsa", "ed25519"):
        parts = read.text("/etc/ssh/ssh_host_{}_key.pub".format(kind)).split()
        if len(parts) >= 2:
            found["ssh_host_key_{}_public".format(kind)] = parts[1]
            found["ssh_host_key_{}_public_keytype".format(kind)] = parts[0]
    return found


def _kernel_command_line() -> Dict[str, Any]:
    found: Dict[str, Any] = {}
    for word in read.text("/proc/cmdline").split():
        key, equals, value = word.partition("=")
        found[key] = value if equals else True
    return found


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
