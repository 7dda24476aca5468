"""What roles and tokens grant: links to policies and roles, identities, templated policies.

Each is a parameter, its field in Consul's object, and when two lists of them are alike.
"""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

from provision.agent.consul.objects import Field
from provision.agent.spec import Param
from provision.agent.task import ModuleFailed


def links(kind: str) -> Param:
    """The parameter with an object's policies or roles.

    Parameters:
        kind: ``policies`` or ``roles``.
    """
    return Param(
        kind,
        f"Its {kind}, all of them, each by name or id; not given, they stay as they are.",
        type="list",
        elements="dict",
        options=(Param("name", "The name."), Param("id", "The ID.")),
    )


def service_identities(*aliases: str) -> Param:
    return Param(
        "service_identities",
        "Services whose registrations and look-ups it may do; not given, they stay.",
        type="list",
        elements="dict",
        options=(
            Param("service_name", "The service.", required=True, aliases=aliases),
            Param(
                "datacenters", "Only there; everywhere when not given.", type="list", elements="str"
            ),
        ),
    )


def node_identities(*aliases: str) -> Param:
    return Param(
        "node_identities",
        "Nodes whose agents it may be; not given, they stay.",
        type="list",
        elements="dict",
        options=(
            Param("node_name", "The node.", required=True, aliases=aliases),
            Param("datacenter", "Its datacenter.", required=True),
        ),
    )


TEMPLATED_POLICIES = Param(
    "templated_policies",
    "Policies made from Consul's templates; needs Consul 1.17. Not given, they stay.",
    type="list",
    elements="dict",
    options=(
        Param("template_name", "Such as builtin/service.", required=True),
        Param("template_variables", "The template's variables.", type="dict"),
    ),
)


def _links(value: List[Mapping[str, Any]]) -> List[Dict[str, str]]:
    out = []
    for entry in value:
        if not entry["id"] and not entry["name"]:
            raise ModuleFailed("an entry of policies or roles has neither name nor id")
        given = {"ID": entry["id"], "Name": entry["name"]}
        out.append({key: text for key, text in given.items() if text})
    return out


def _same_links(now: Any, wanted: List[Dict[str, str]]) -> bool:
    left = list(now or ())
    for want in wanted:
        held = [each for each in left if all(each.get(k) == v for k, v in want.items())]
        if not held:
            return False
        left.remove(held[0])
    return not left


def _services(value: List[Mapping[str, Any]]) -> List[Dict[str, Any]]:
    return [
        _given(ServiceName=each["service_name"], Datacenters=each["datacenters"] or None)
        for each in value
    ]


def _nodes(value: List[Mapping[str, Any]]) -> List[Dict[str, Any]]:
    return [{"NodeName": each["node_name"], "Datacenter": each["datacenter"]} for each in value]


def _templates(value: List[Mapping[str, Any]]) -> List[Dict[str, Any]]:
    return [
        _given(
            TemplateName=each["template_name"],
            TemplateVariables={_camel(k): v for k, v in (each["template_variables"] or {}).items()}
            or None,
        )
        for each in value
    ]


def _camel(name: str) -> str:
    # Consul's template variables are written Name; community.general's users write name.
    return name[:1].upper() + name[1:]


def _given(**fields: Any) -> Dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


def _same_set(now: Any, wanted: List[Dict[str, Any]]) -> bool:
    def form(entries: Optional[List[Dict[str, Any]]]) -> List[str]:
        return sorted(
            repr(
                sorted(
                    (key, sorted(item) if isinstance(item, list) else item)
                    for key, item in each.items()
                    if item and key != "TemplateID"
                )
            )
            for each in entries or ()
        )

    return form(now) == form(wanted)


POLICIES = Field("policies", "Policies", _links, _same_links)
ROLES = Field("roles", "Roles", _links, _same_links)
IDENTITIES = (
    Field("service_identities", "ServiceIdentities", _services, _same_set),
    Field("node_identities", "NodeIdentities", _nodes, _same_set),
    Field("templated_policies", "TemplatedPolicies", _templates, _same_set),
)
