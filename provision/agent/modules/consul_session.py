"""Sessions in Consul, which hold locks."""

from __future__ import annotations

from typing import Any, Dict, List, Optional
from urllib.parse import quote

from provision.agent.consul.connection import COLLECTION, CONNECTION, connect
from provision.agent.consul_api import Consul
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="consul_session",
    collection=COLLECTION,
    summary="Make, find or remove a session in Consul.",
    params=(
        Param(
            "state",
            "present: there is a session of this name, made if there is none like it; without name "
            "a new one each time. absent: id is gone. info, node, list: read, and nothing is "
            "changed (community.general says changed).",
            default="present",
            choices=("absent", "info", "list", "node", "present"),
        ),
        Param("id", "The session's ID, for absent and info."),
        Param("name", "Its name; for node, the node's when node is not given."),
        Param("node", "The node that it belongs to; the agent's when not given."),
        Param(
            "behavior",
            "What becomes of the keys that it holds when it ends.",
            default="release",
            choices=("delete", "release"),
        ),
        Param(
            "delay",
            "Seconds after its end in which its locks cannot be taken.",
            type="int",
            default=15,
        ),
        Param("ttl", "Seconds that it lives unless renewed, 10 to 86400.", type="int"),
        Param(
            "checks",
            "Checks that end it when they fail; the node's serfHealth when not given.",
            type="list",
            elements="str",
        ),
        Param("datacenter", "Another datacenter than the agent's own."),
        *CONNECTION,
    ),
    required_if=(
        ("state", "absent", ("id",)),
        ("state", "info", ("id",)),
        ("state", "node", ("name",)),
    ),
    returns=(
        ("session_id", "The session's ID."),
        ("sessions", "info, node and list: what was found."),
        ("name", "Its name."),
        ("node", "The node."),
        ("behavior", "As asked for."),
        ("delay", "As asked for."),
        ("checks", "As asked for."),
    ),
    source="https://developer.hashicorp.com/consul/api-docs/session",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    consul = connect(task.args)
    state = task.args["state"]
    if state == "present":
        return _present(task, consul)
    if state == "absent":
        return _absent(task, consul)
    if state == "node":
        node = task.args["node"] or task.args["name"]
        found = _read(task, consul, "/session/node/" + quote(node, safe=""))
        return {"changed": False, "node": node, "sessions": found}
    if state == "info":
        found = _info(task, consul)
        return {"changed": False, "session_id": task.args["id"], "sessions": found}
    return {"changed": False, "sessions": _read(task, consul, "/session/list")}


def _read(task: ModuleTask, consul: Consul, path: str) -> List[Dict[str, Any]]:
    found: List[Dict[str, Any]] = consul.get(path, {"dc": task.args["datacenter"]}).data or []
    return found


def _info(task: ModuleTask, consul: Consul) -> List[Dict[str, Any]]:
    return _read(task, consul, "/session/info/" + quote(task.args["id"], safe=""))


def _absent(task: ModuleTask, consul: Consul) -> Dict[str, Any]:
    identity = task.args["id"]
    found = _info(task, consul)
    if found and not task.check:
        path = "/session/destroy/" + quote(identity, safe="")
        consul.put(path, None, {"dc": task.args["datacenter"]})
    return {"changed": bool(found), "session_id": identity}


def _present(task: ModuleTask, consul: Consul) -> Dict[str, Any]:
    args = task.args
    held = _alike(task, consul)
    identity = held["ID"] if held else None
    if held is None and not task.check:
        body: Dict[str, Any] = {
            "Name": args["name"],
            "Node": args["node"],
            "Behavior": args["behavior"],
            "LockDelay": f"{args['delay']}s",
            "TTL": f"{args['ttl']}s" if args["ttl"] else None,
            "Checks": args["checks"],
        }
        given = {key: value for key, value in body.items() if value is not None}
        made = consul.put("/session/create", given, {"dc": args["datacenter"]}).data
        identity = made["ID"]
    return {
        "changed": held is None,
        "session_id": identity,
        **{key: args[key] for key in ("name", "behavior", "delay", "checks", "node")},
    }


def _alike(task: ModuleTask, consul: Consul) -> Optional[Dict[str, Any]]:
    """A live session that is what is asked for."""
    args = task.args
    if not args["name"]:
        return None
    node = args["node"] or consul.get("/agent/self").data["Config"]["NodeName"]
    for each in _read(task, consul, "/session/node/" + quote(node, safe="")):
        alike = (
            each.get("Name") == args["name"]
            and each.get("Behavior") == args["behavior"]
            and each.get("LockDelay") == args["delay"] * 10**9
            and each.get("TTL", "") == (f"{args['ttl']}s" if args["ttl"] else "")
        )
        checks = each.get("NodeChecks") or each.get("Checks") or []
        if alike and (args["checks"] is None or sorted(checks) == sorted(args["checks"])):
            return each
    return None
