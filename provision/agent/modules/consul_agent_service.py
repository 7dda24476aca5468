"""Services registered with a Consul agent."""

from __future__ import annotations

import re
from typing import Any, Dict, Mapping, Tuple

from provision.agent.consul.agent import deregister_service, find_service, register_service
from provision.agent.consul.connection import COLLECTION, CONNECTION, connect
from provision.agent.consul.objects import RETURNS_OPERATION
from provision.agent.consul.outcome import outcome
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="consul_agent_service",
    collection=COLLECTION,
    summary="Register a service with a Consul agent, or remove one. Its checks stay.",
    params=(
        Param("name", "The service's name; needed to register it."),
        Param("id", "Its ID on this agent; the name when not given."),
        Param("state", default="present", choices=("present", "absent")),
        Param("service_port", "The port that it listens on.", type="int"),
        Param("address", "The address that it listens on; the agent's when not given."),
        Param("tags", "Its tags, all of them.", type="list", elements="str"),
        Param(
            "meta",
            "Metadata, all of it. Characters that Consul does not take in keys become '_'.",
            type="dict",
        ),
        Param(
            "enable_tag_override",
            "Others may change its tags in the catalog.",
            type="bool",
            default=False,
        ),
        Param(
            "weights",
            "Its part of DNS answers.",
            type="dict",
            default={"passing": 1, "warning": 1},
            options=(
                Param("passing", "While it is healthy.", type="int", default=1),
                Param("warning", "While a check warns.", type="int", default=1),
            ),
        ),
        *CONNECTION,
    ),
    diff=True,
    required_one_of=(("name", "id"),),
    required_if=(("state", "present", ("name",)),),
    returns=(
        ("service", "The service as Consul tells it; in check mode, as it would be registered."),
        RETURNS_OPERATION,
    ),
    source="https://developer.hashicorp.com/consul/api-docs/agent/service",
)
# registered -> told
_TOLD = {"Name": "Service"}
_KEPT = ("Tags", "Meta", "Port", "Address")


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    consul = connect(args)
    identity = args["id"] or args["name"]
    now = find_service(consul, identity)
    if args["state"] == "absent":
        if now is not None and not task.check:
            deregister_service(consul, identity)
        return outcome(task, "service", "remove" if now else None, now, None)
    wanted = _wanted(args, identity)
    if now is not None and not _differing(now, wanted):
        return outcome(task, "service", None, now, now)
    # A registration replaces the one before it.
    held = {key: now[key] for key in _KEPT if now.get(key)} if now else {}
    definition = dict(held, **wanted)
    operation = "update" if now else "create"
    if task.check:
        return outcome(task, "service", operation, now, definition)
    register_service(consul, definition)
    return outcome(task, "service", operation, now, find_service(consul, identity))


def _wanted(args: Mapping[str, Any], identity: str) -> Dict[str, Any]:
    meta = args["meta"]
    out = {
        "ID": identity,
        "Name": args["name"],
        "Port": args["service_port"],
        "Address": args["address"],
        "Tags": args["tags"],
        "Meta": None
        if meta is None
        else {re.sub(r"[^A-Za-z0-9_-]", "_", str(key)): str(text) for key, text in meta.items()},
        "EnableTagOverride": args["enable_tag_override"],
        "Weights": {"Passing": args["weights"]["passing"], "Warning": args["weights"]["warning"]},
    }
    return {key: value for key, value in out.items() if value is not None}


def _differing(now: Mapping[str, Any], wanted: Mapping[str, Any]) -> Dict[str, Tuple[Any, Any]]:
    out = {}
    for key, value in wanted.items():
        held = now.get(_TOLD.get(key, key))
        same = sorted(held or ()) == sorted(value) if key == "Tags" else held == value
        if not same and (held or value):
            out[key] = (held, value)
    return out
