"""Entries of the system's databases."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="getent",
    summary="Look things up in passwd, group, hosts and the other databases, as facts.",
    params=(
        Param("database", "Such as passwd, group, hosts.", required=True),
        Param("key", "The entry; by default all."),
        Param("service", "The source to ask, such as files or ldap."),
        Param("split", "What separates fields; by default as the database has it."),
        Param("fail_key", "Fail when there is no such entry.", type="bool", default=True),
    ),
    returns=(("ansible_facts", "getent_DATABASE: key -> fields"),),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/getent_module.html",
)

_MEANING = {
    1: "a wrong argument, or the database is unknown",
    2: "there is no such entry",
    3: "this database cannot be listed",
}


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    command = ["getent", args["database"]]
    command += [args["key"]] if args["key"] is not None else []
    command += ["-s", args["service"]] if args["service"] else []
    done = task.run(command)
    name = "getent_" + args["database"]
    found: Dict[str, Optional[List[str]]] = {}
    if done.rc == 0:
        colons = args["database"] in ("passwd", "shadow", "group", "gshadow")
        split = args["split"] or (":" if colons else None)
        for line in done.stdout.splitlines():
            words = line.split(split)
            if words:
                found[words[0]] = words[1:]
    elif done.rc == 2 and not args["fail_key"] and args["key"] is not None:
        found[args["key"]] = None
    else:
        why = done.stderr.strip() or _MEANING.get(done.rc, f"exit status {done.rc}")
        key = f" {args['key']}" if args["key"] is not None else ""
        raise task.fail(f"getent {args['database']}{key}: {why}", rc=done.rc)
    result: Dict[str, Any] = {"changed": False, "ansible_facts": {name: found}}
    if done.rc == 2:
        result["msg"] = "One or more supplied key could not be found in the database."
    return result
