"""Checks registered with a Consul agent."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent.consul.agent import (
    check_differs,
    deregister_check,
    find_check,
    register_check,
)
from provision.agent.consul.check_params import PARAMS, WAYS_EXCLUDE, check
from provision.agent.consul.connection import COLLECTION, CONNECTION, connect
from provision.agent.consul.objects import RETURNS_OPERATION
from provision.agent.consul.outcome import outcome
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="consul_agent_check",
    collection=COLLECTION,
    summary="Register a check with a Consul agent, or remove one.",
    params=(
        Param("name", "The check's name; needed to register it."),
        Param("id", "Its ID on this agent; the name when not given."),
        Param("state", default="present", choices=("present", "absent")),
        Param("service_id", "The service that it is about; the node when not given."),
        Param(
            "args",
            "A command that is run; needs interval, and an agent that allows scripts.",
            type="list",
            elements="str",
        ),
        *PARAMS,
        *CONNECTION,
    ),
    diff=True,
    required_one_of=(("name", "id"),),
    required_if=(("state", "present", ("name",)),),
    mutually_exclusive=(("args", *WAYS_EXCLUDE),),
    returns=(
        ("check", "The check as Consul tells it; in check mode, as it would be registered."),
        RETURNS_OPERATION,
    ),
    source="https://developer.hashicorp.com/consul/api-docs/agent/check",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    consul = connect(args)
    identity = args["id"] or args["name"]
    now = find_check(consul, identity)
    if args["state"] == "absent":
        if now is not None and not task.check:
            deregister_check(consul, identity)
        return outcome(task, "check", "remove" if now else None, now, None)
    wanted = dict(check(args, args["args"]), ID=identity, Name=args["name"])
    if args["service_id"]:
        wanted["ServiceID"] = args["service_id"]
    if not check_differs(consul, args["host"], wanted):
        return outcome(task, "check", None, now, now)
    if task.check:
        return outcome(task, "check", "update" if now else "create", now, wanted)
    register_check(consul, wanted)
    return outcome(task, "check", "update" if now else "create", now, find_check(consul, identity))
