"""ACL tokens in Consul."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional
from urllib.parse import quote

from provision.agent.consul.connection import COLLECTION, CONNECTION, connect
from provision.agent.consul.grants import (
    IDENTITIES,
    POLICIES,
    ROLES,
    TEMPLATED_POLICIES,
    links,
    node_identities,
    service_identities,
)
from provision.agent.consul.objects import RETURNS_OPERATION, Field, Kind, converge, find_acl
from provision.agent.consul_api import Consul, ConsulError
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="consul_token",
    collection=COLLECTION,
    summary="Make, change or remove an ACL token in Consul.",
    params=(
        Param("state", default="present", choices=("present", "absent")),
        Param(
            "accessor_id",
            "The token's accessor, a UUID. With neither this nor secret_id each run makes another "
            "token.",
        ),
        Param(
            "secret_id",
            "The token itself, a UUID; Consul makes one when not given. Without accessor_id the "
            "token is found by it (community.general always makes another).",
            secret=True,
        ),
        Param("description", "What it is for; not given, it stays."),
        Param("local", "Valid in this datacenter only. Cannot be changed.", type="bool"),
        Param("expiration_ttl", "How long a new token is valid, such as 60s; from 1m to 24h."),
        links("policies"),
        links("roles"),
        service_identities(),
        node_identities(),
        TEMPLATED_POLICIES,
        *CONNECTION,
    ),
    diff=True,
    required_if=(("state", "absent", ("accessor_id",)),),
    returns=(
        ("token", "The token as Consul tells it, with its SecretID: use no_log."),
        RETURNS_OPERATION,
    ),
    source="https://developer.hashicorp.com/consul/api-docs/acl/tokens",
)


def _find(consul: Consul, args: Mapping[str, Any]) -> Optional[Dict[str, Any]]:
    if args["accessor_id"]:
        return find_acl(consul, "/acl/token/" + quote(args["accessor_id"], safe=""))
    if not args["secret_id"]:
        return None
    try:
        found: Dict[str, Any] = (
            connect(dict(args, token=args["secret_id"])).get("/acl/token/self").data
        )
        return found
    except ConsulError as error:
        if error.status in (403, 404):
            return None
        raise


_KIND = Kind(
    name="token",
    path="/acl/token",
    fields=(
        Field("accessor_id", "AccessorID"),
        Field("secret_id", "SecretID"),
        Field("description", "Description"),
        Field("local", "Local"),
        Field("expiration_ttl", "ExpirationTTL", once=True),
        POLICIES,
        ROLES,
        *IDENTITIES,
    ),
    find=_find,
    identify=lambda token: str(token["AccessorID"]),
    hidden=("SecretID", "ID"),
)


def run(task: ModuleTask) -> Dict[str, Any]:
    return converge(task, _KIND)
