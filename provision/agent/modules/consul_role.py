"""ACL roles in Consul."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional
from urllib.parse import quote

from provision.agent.consul.connection import COLLECTION, CONNECTION
from provision.agent.consul.grants import (
    IDENTITIES,
    POLICIES,
    TEMPLATED_POLICIES,
    links,
    node_identities,
    service_identities,
)
from provision.agent.consul.objects import RETURNS_OPERATION, Field, Kind, converge, find_acl
from provision.agent.consul_api import Consul
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="consul_role",
    collection=COLLECTION,
    summary="Make, change or remove an ACL role in Consul.",
    params=(
        Param("name", "The role's name.", required=True),
        Param("state", default="present", choices=("present", "absent")),
        Param("description", "What it is for; not given, it stays."),
        links("policies"),
        service_identities("name"),
        node_identities("name"),
        TEMPLATED_POLICIES,
        *CONNECTION,
    ),
    diff=True,
    returns=(("role", "The role as Consul tells it."), RETURNS_OPERATION),
    source="https://developer.hashicorp.com/consul/api-docs/acl/roles",
)


def _find(consul: Consul, args: Mapping[str, Any]) -> Optional[Dict[str, Any]]:
    return find_acl(consul, "/acl/role/name/" + quote(args["name"], safe=""))


_KIND = Kind(
    name="role",
    path="/acl/role",
    fields=(Field("name", "Name"), Field("description", "Description"), POLICIES, *IDENTITIES),
    find=_find,
    identify=lambda role: str(role["ID"]),
)


def run(task: ModuleTask) -> Dict[str, Any]:
    return converge(task, _KIND)
