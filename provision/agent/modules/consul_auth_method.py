"""Auth methods of Consul: how others' identities become tokens."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional
from urllib.parse import quote

from provision.agent.consul.connection import COLLECTION, CONNECTION
from provision.agent.consul.durations import same_duration
from provision.agent.consul.objects import RETURNS_OPERATION, Field, Kind, converge, find_acl
from provision.agent.consul_api import Consul
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="consul_auth_method",
    collection=COLLECTION,
    summary="Make, change or remove an auth method in Consul.",
    params=(
        Param("name", "The method's name.", required=True),
        Param("state", default="present", choices=("present", "absent")),
        Param(
            "type",
            "What it is; needed to make it, cannot be changed. oidc needs Consul Enterprise.",
            choices=("kubernetes", "jwt", "oidc", "aws-iam"),
        ),
        Param("config", "The type's own settings, all of them; needed to make it.", type="dict"),
        Param("description", "What it is for; not given, it stays."),
        Param("display_name", "Shown instead of its name."),
        Param("max_token_ttl", "How long its tokens live, such as 5m."),
        Param("token_locality", "Where its tokens are valid.", choices=("local", "global")),
        *CONNECTION,
    ),
    diff=True,
    returns=(("auth_method", "The method as Consul tells it."), RETURNS_OPERATION),
    source="https://developer.hashicorp.com/consul/api-docs/acl/auth-methods",
)


def _find(consul: Consul, args: Mapping[str, Any]) -> Optional[Dict[str, Any]]:
    return find_acl(consul, "/acl/auth-method/" + quote(args["name"], safe=""))


def _holds(now: Any, wanted: Mapping[str, Any]) -> bool:
    # Consul fills in the settings that are not given, with nothing.
    held = {key: value for key, value in (now or {}).items() if value not in (None, "", [], {})}
    return held == {key: value for key, value in wanted.items() if value not in (None, "", [], {})}


_KIND = Kind(
    name="auth_method",
    path="/acl/auth-method",
    fields=(
        Field("name", "Name"),
        Field("type", "Type"),
        Field("config", "Config", same=_holds),
        Field("description", "Description"),
        Field("display_name", "DisplayName"),
        Field("max_token_ttl", "MaxTokenTTL", same=same_duration),
        Field("token_locality", "TokenLocality"),
    ),
    find=_find,
    identify=lambda method: quote(method["Name"], safe=""),
    hidden=("Config",),
)


def run(task: ModuleTask) -> Dict[str, Any]:
    return converge(task, _KIND)
