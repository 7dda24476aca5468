"""Binding rules of Consul: what the tokens of an auth method may do."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

from provision.agent.consul.connection import COLLECTION, CONNECTION
from provision.agent.consul.objects import RETURNS_OPERATION, Field, Kind, converge
from provision.agent.consul_api import Consul
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="consul_binding_rule",
    collection=COLLECTION,
    summary="Make, change or remove a binding rule in Consul.",
    params=(
        Param(
            "name",
            "The rule's name. Consul has none: it is kept at the beginning of the description.",
            required=True,
        ),
        Param("auth_method", "The auth method whose tokens it is about.", required=True),
        Param("state", default="present", choices=("present", "absent")),
        Param("description", "What it is for."),
        Param("selector", "Which identities it is for; all when empty."),
        Param(
            "bind_type",
            "What bind_name names.",
            choices=("service", "node", "role", "templated-policy"),
        ),
        Param("bind_name", "What the token is bound to; may hold ${...}."),
        Param("bind_vars", "Variables of a templated policy; needs Consul 1.17.", type="dict"),
        *CONNECTION,
    ),
    diff=True,
    returns=(("binding_rule", "The rule as Consul tells it."), RETURNS_OPERATION),
    source="https://developer.hashicorp.com/consul/api-docs/acl/binding-rules",
)


def _find(consul: Consul, args: Mapping[str, Any]) -> Optional[Dict[str, Any]]:
    name = args["name"]
    for rule in consul.get("/acl/binding-rules", {"authmethod": args["auth_method"]}).data or ():
        description = rule.get("Description", "")
        if description == name or description.startswith(name + ": "):
            return dict(rule)
    return None


_KIND = Kind(
    name="binding_rule",
    path="/acl/binding-rule",
    fields=(
        Field("described", "Description"),
        Field("auth_method", "AuthMethod"),
        Field("selector", "Selector"),
        Field("bind_type", "BindType"),
        Field("bind_name", "BindName"),
        Field("bind_vars", "BindVars"),
    ),
    find=_find,
    identify=lambda rule: str(rule["ID"]),
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    text = args["description"]
    args["described"] = args["name"] if text is None else f"{args['name']}: {text}"
    return converge(task, _KIND)
