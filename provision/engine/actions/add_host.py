"""add_host: a host for the rest of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provision.agent.spec import Param, Spec
from provision.engine.actions.base import Action
from provision.templating import unsafe

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result

_OWN = ("name", "groups")


def run(context: Context) -> Result:
    args = context.args
    variables: dict[str, Any] = {key: args[key] for key in args if key not in _OWN}
    name = str(args["name"])
    host, _, port = name.partition(":")
    if port.isdigit() and name.count(":") == 1:
        name = host
        variables.setdefault("ansible_ssh_port", int(port))
    groups = [str(group) for group in args["groups"] or ()]
    with context.run.lock:
        changed = context.run.inventory.add_host(name, groups, unsafe(variables))
        context.run.refresh_groups()
        if changed and name not in context.play.everyone:
            context.play.name(name)
    added = {"host_name": name, "groups": groups, "host_vars": variables}
    return {"changed": changed, "add_host": added}


ACTION = Action(
    Spec(
        name="add_host",
        summary="Add a host to the inventory for the rest of the run.",
        params=(
            Param("name", "The host.", required=True, aliases=("hostname", "host")),
            Param(
                "groups",
                "Groups to put it into.",
                type="list",
                elements="str",
                aliases=("group", "groupname"),
            ),
        ),
        returns=(("add_host", "the host, its groups and variables"),),
    ),
    run,
)
