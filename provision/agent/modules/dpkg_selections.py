"""What dpkg is to do with a package, such as hold it."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent import dpkg
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="dpkg_selections",
    summary="Hold packages and the like.",
    params=(
        Param("name", "The package.", required=True),
        Param(
            "selection",
            "What is wanted of it.",
            required=True,
            choices=("install", "hold", "deinstall", "purge"),
        ),
    ),
    returns=(("before", "what was wanted"), ("after", "what is wanted")),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/dpkg_selections_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    name, wanted = task.args["name"], task.args["selection"]
    found = dpkg.packages().find(name)
    if found is None:
        if task.check:
            return {"changed": True, "before": "not present", "after": wanted}
        raise task.fail(f"dpkg does not know the package '{name}'; install it first")
    before = found.status.split(" ")[0]
    if before != wanted and not task.check:
        task.run(["dpkg", "--set-selections"], stdin=f"{name} {wanted}\n", must_succeed=True)
    return {"changed": before != wanted, "before": before, "after": wanted}
