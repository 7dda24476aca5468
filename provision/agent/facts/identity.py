"""Who we are: the user and groups the agent runs as, its environment, the node's SSH keys."""

from __future__ import annotations

import os
import pwd
from typing import Any, Dict

from provision.agent.facts import read


def environment() -> Dict[str, Any]:
    """As the login gave it, without the locale that the agent works in."""
    words = (word.partition("=") for word in read.text("/proc/self/environ").split("\0"))
    given = {name: value for name, equals, value in words if equals}
    return {"env": given or dict(os.environ)}


def user() -> Dict[str, Any]:
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


def ssh_host_keys() -> Dict[str, Any]:
    found = {}
    for kind in ("dsa", "rsa", "ecdsa", "ed25519"):
        parts = read.text("/etc/ssh/ssh_host_{}_key.pub".format(kind)).split()
        if len(parts) >= 2:
            found["ssh_host_key_{}_public".format(kind)] = parts[1]
            found["ssh_host_key_{}_public_keytype".format(kind)] = parts[0]
    return found
