"""group_by: groups made from variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provision.agent.spec import Param, Spec
from provision.engine.actions.base import Action

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result


def run(context: Context) -> Result:
    group = str(context.args["key"]).replace(" ", "-")
    parents = [str(parent).replace(" ", "-") for parent in context.args["parents"]]
    with context.run.lock:
        changed = context.run.inventory.add_group(group, [context.host], parents)
        context.run.refresh_groups()
    return {"changed": changed, "add_group": group, "parent_groups": parents}


ACTION = Action(
    Spec(
        name="group_by",
        summary="Put hosts into a group named by a variable.",
        params=(
            Param("key", "The group.", required=True),
            Param("parents", "Groups that hold the group.", type="list", default=["all"]),
        ),
        returns=(("add_group", "the group"), ("parent_groups", "the groups above it")),
    ),
    run,
)
