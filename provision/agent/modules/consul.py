"""Services and checks registered with a Consul agent, by the module of old."""

from __future__ import annotations

import shlex
from typing import Any, Dict, Optional

from provision.agent.consul.agent import (
    check_differs,
    deregister_check,
    deregister_service,
    find_check,
    find_service,
    register_check,
    register_service,
)
from provision.agent.consul.check_params import PARAMS, WAYS_EXCLUDE, check
from provision.agent.consul.connection import COLLECTION, CONNECTION, connect
from provision.agent.consul_api import Consul
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="consul",
    collection=COLLECTION,
    summary="Register a service, a check or both with a Consul agent, or remove them.",
    params=(
        Param("state", default="present", choices=("present", "absent")),
        Param("service_name", "The service's name."),
        Param("service_id", "Its ID on this agent; the name when not given."),
        Param("service_port", "The port that it listens on.", type="int"),
        Param("service_address", "The address that it listens on."),
        Param("tags", "Its tags, all of them.", type="list", elements="str"),
        Param("check_id", "The ID of a check of its own; its name when not given."),
        Param("check_name", "The name of a check that is not registered with a service."),
        Param(
            "script",
            "A command that is run; needs interval, and an agent that allows scripts.",
        ),
        *PARAMS,
        *CONNECTION,
    ),
    mutually_exclusive=(("script", *WAYS_EXCLUDE),),
    refused=(
        ("check_node", "an agent has checks of its own node only: run the task there"),
        ("check_host", "Consul's API has no such setting; name the host in http or tcp"),
    ),
    required_one_of=(("service_name", "service_id", "check_name", "check_id"),),
    returns=(
        ("service_id", "The service's ID."),
        ("service_name", "Its name."),
        ("service_port", "Its port."),
        ("tags", "Its tags."),
        ("checks", "The checks registered with it."),
        ("check_id", "The ID of a check of its own."),
        ("check_name", "The name of a check of its own."),
        ("id", "state=absent: what was removed."),
    ),
    source="https://developer.hashicorp.com/consul/api-docs/agent",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    consul = connect(args)
    if args["service_name"] or (args["service_id"] and not _is_check(args)):
        return _service(task, consul)
    return _check(task, consul)


def _is_check(args: Dict[str, Any]) -> bool:
    return bool(args["check_name"] or args["check_id"])


def _service(task: ModuleTask, consul: Consul) -> Dict[str, Any]:
    args = task.args
    identity = args["service_id"] or args["service_name"]
    now = find_service(consul, identity)
    if args["state"] == "absent":
        if now and not task.check:
            deregister_service(consul, identity)
        return {"changed": bool(now), "id": identity}
    if not args["service_name"]:
        raise task.fail("service_name is needed to register a service")
    definition = _definition(args, identity, now)
    changed = now is None or any(
        (now.get("Service" if key == "Name" else key) or None) != (value or None)
        for key, value in definition.items()
    )
    if changed and not task.check:
        register_service(consul, definition)
    checks = []
    if _has_way(args):
        checks.append(_service_check(task, identity))
        # Without its service there is nothing to compare it with.
        if check_differs(consul, args["host"], checks[0]):
            changed = True
            if not task.check:
                register_check(consul, checks[0])
    return {
        "changed": changed,
        "service_id": identity,
        "service_name": args["service_name"],
        "service_port": definition.get("Port"),
        "tags": definition.get("Tags"),
        "checks": checks,
    }


def _definition(
    args: Dict[str, Any], identity: str, now: Optional[Dict[str, Any]]
) -> Dict[str, Any]:
    given = {
        "ID": identity,
        "Name": args["service_name"],
        "Port": args["service_port"],
        "Address": args["service_address"],
        "Tags": args["tags"],
    }
    # A registration replaces the one before it.
    held = {
        key: now[key]
        for key in ("Port", "Address", "Tags", "Meta", "Weights")
        if now and now.get(key)
    }
    return dict(held, **{key: value for key, value in given.items() if value is not None})


def _has_way(args: Dict[str, Any]) -> bool:
    return any(args[way] for way in ("script", *WAYS_EXCLUDE))


def _service_check(task: ModuleTask, service: str) -> Dict[str, Any]:
    name = f"Service '{task.args['service_name']}' check"
    return dict(_way(task), ID=f"service:{service}", Name=name, ServiceID=service)


def _way(task: ModuleTask) -> Dict[str, Any]:
    script = task.args["script"]
    return check(task.args, shlex.split(script) if script else None)


def _check(task: ModuleTask, consul: Consul) -> Dict[str, Any]:
    args = task.args
    identity = args["check_id"] or args["check_name"]
    if args["state"] == "absent":
        now = find_check(consul, identity)
        if now and not task.check:
            deregister_check(consul, identity)
        return {"changed": bool(now), "id": identity}
    if not args["check_name"]:
        raise task.fail("check_name is needed to register a check")
    wanted = dict(_way(task), ID=identity, Name=args["check_name"])
    if args["service_id"]:
        wanted["ServiceID"] = args["service_id"]
    changed = check_differs(consul, args["host"], wanted)
    if changed and not task.check:
        register_check(consul, wanted)
    out = {"changed": changed, "check_id": identity, "check_name": args["check_name"]}
    for param in ("script", "interval", "ttl", "tcp", "http", "timeout", "service_id"):
        out[param] = args[param]
    return out
