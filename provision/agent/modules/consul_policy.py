"""ACL policies in Consul."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional
from urllib.parse import quote

from provision.agent.consul.connection import COLLECTION, CONNECTION
from provision.agent.consul.objects import RETURNS_OPERATION, Field, Kind, converge, find_acl
from provision.agent.consul_api import Consul
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="consul_policy",
    collection=COLLECTION,
    summary="Make, change or remove an ACL policy in Consul.",
    params=(
        Param("name", "The policy's name.", required=True),
        Param("state", default="present", choices=("present", "absent")),
        Param("rules", "Its rules, in HCL or JSON."),
        Param("description", "What it is for."),
        Param(
            "valid_datacenters",
            "Where it is valid; empty is everywhere.",
            type="list",
            elements="str",
        ),
        *CONNECTION,
    ),
    diff=True,
    returns=(("policy", "The policy as Consul tells it."), RETURNS_OPERATION),
    source="https://developer.hashicorp.com/consul/api-docs/acl/policies",
)


def _find(consul: Consul, args: Mapping[str, Any]) -> Optional[Dict[str, Any]]:
    return find_acl(consul, "/acl/policy/name/" + quote(args["name"], safe=""))


_KIND = Kind(
    name="policy",
    path="/acl/policy",
    fields=(
        Field("name", "Name"),
        Field("rules", "Rules"),
        Field("description", "Description"),
        Field("valid_datacenters", "Datacenters", sorted, lambda a, b: sorted(a or ()) == b),
    ),
    find=_find,
    identify=lambda policy: str(policy["ID"]),
)


def run(task: ModuleTask) -> Dict[str, Any]:
    return converge(task, _KIND)
