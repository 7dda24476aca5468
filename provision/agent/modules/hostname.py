"""The node's name."""

from __future__ import annotations

import os
import socket
from typing import Any, Dict

from provision.agent import files
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="hostname",
    summary="Set the node's name, now and for later boots.",
    params=(
        Param("name", "The name.", required=True),
        Param("use", "How; systemd and debian do the same here.", choices=("debian", "systemd")),
    ),
    diff=True,
    returns=(("name", "the name"), ("ansible_facts", "the facts that follow from it")),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/hostname_module.html",
)

_FILE = "/etc/hostname"


def run(task: ModuleTask) -> Dict[str, Any]:
    name = task.args["name"]
    if not name or len(name) > 64 or any(c.isspace() or c == "/" for c in name):
        raise task.fail(f"'{name}' cannot be a host name (1 to 64 characters, no blanks)")
    current = socket.gethostname()
    permanent = files.read_bytes(_FILE).decode().strip() if os.path.exists(_FILE) else ""
    changed = name not in (current, permanent) or current != permanent
    if changed and not task.check:
        if permanent != name:
            # In a container the file is mounted and cannot be replaced.
            files.replace(_FILE, (name + "\n").encode(), mode=0o644, unsafe_writes=True)
        if current != name:
            try:
                socket.sethostname(name)
            except OSError as error:
                raise task.fail(f"cannot set the host name: {error.strerror}") from None
    result: Dict[str, Any] = {
        "changed": changed,
        "name": name,
        "ansible_facts": {
            "ansible_hostname": name.split(".")[0],
            "ansible_nodename": name,
            "ansible_fqdn": socket.getfqdn(name),
            "ansible_domain": ".".join(socket.getfqdn(name).split(".")[1:]),
        },
    }
    if task.diff and changed:
        result["diff"] = {
            "before": f"hostname = {current}\n",
            "after": f"hostname = {name}\n",
            "before_header": _FILE,
            "after_header": _FILE,
        }
    return result
