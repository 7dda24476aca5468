"""Packages, whatever the distribution's tool; here apt."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent.modules import apt
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="package",
    summary="Manage packages with the distribution's tool (apt).",
    params=(
        Param("name", "Packages.", type="list", elements="str", required=True),
        Param(
            "state",
            "present, absent or latest.",
            required=True,
            choices=("absent", "installed", "latest", "present", "removed"),
        ),
        Param("use", "Which tool.", default="auto", choices=("auto", "apt")),
    ),
    diff=True,
    returns=apt.SPEC.returns,
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/package_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    state = {"installed": "present", "removed": "absent"}.get(
        task.args["state"], task.args["state"]
    )
    task.args = apt.SPEC.validate({"name": task.args["name"], "state": state}, on_node=True)
    return apt.run(task)
