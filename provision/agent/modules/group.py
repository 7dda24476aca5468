"""Groups of users."""

from __future__ import annotations

import grp
from typing import Any, Dict, List, Optional

from provision.agent import accounts
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="group",
    summary="Manage groups of users.",
    params=(
        Param("name", "The group.", required=True),
        Param("state", "Whether it is there.", default="present", choices=("absent", "present")),
        Param("gid", "Its number.", type="int"),
        Param("system", "A system group, if it is made.", type="bool", default=False),
        Param("non_unique", "The number may be another's.", type="bool", default=False),
        Param("gid_min", "The lowest number to give a new group.", type="int"),
        Param("gid_max", "The highest.", type="int"),
        Param(
            "local",
            "Look in /etc/group only, not in directories such as LDAP. It needs no libuser.",
            type="bool",
            default=False,
        ),
        Param("force", "Remove it though it is a user's main group.", type="bool", default=False),
    ),
    returns=(
        ("name", "the group"),
        ("gid", "its number"),
        ("state", "present or absent"),
        ("system", "as asked"),
    ),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/group_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    name, state, gid = args["name"], args["state"], args["gid"]
    found = _find(name, args["local"])
    command: Optional[List[str]] = None
    if state == "absent":
        if found:
            command = ["groupdel", *(["-f"] if args["force"] else []), name]
    elif found is None or (gid is not None and gid != found.gr_gid):
        command = ["groupadd" if found is None else "groupmod"]
        if found is None:
            command += ["-r"] if args["system"] else []
            for limit in ("gid_min", "gid_max"):
                if args[limit] is not None:
                    command += ["-K", f"{limit.upper()}={args[limit]}"]
        command += ["-g", str(gid)] if gid is not None else []
        command += ["-o"] if args["non_unique"] and gid is not None else []
        command.append(name)
    result: Dict[str, Any] = {"changed": bool(command), "name": name, "state": state}
    if command and not task.check:
        done = task.run(command)
        if done.rc != 0:
            raise task.fail(
                f"{command[0]} {name} failed: {(done.stderr or done.stdout).strip()}",
                rc=done.rc,
                name=name,
            )
    if state == "present":
        found = _find(name, args["local"])
        result["system"] = args["system"]
        result["gid"] = found.gr_gid if found else gid
    return result


def _find(name: str, local: bool) -> Optional[grp.struct_group]:
    if local:
        return accounts.local_group(name)
    try:
        return grp.getgrnam(name)
    except KeyError:
        return None
