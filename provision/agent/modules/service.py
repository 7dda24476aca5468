"""Services."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent import units
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="service",
    summary="Start, stop and enable services (of systemd).",
    params=(
        Param("name", "The service.", required=True),
        Param("state", "What it should do or be.", choices=units.STATES),
        Param("enabled", "Whether it starts at boot.", type="bool"),
        Param("use", "Which service manager.", default="auto", choices=("auto", "systemd")),
    ),
    required_one_of=(("state", "enabled"),),
    returns=(
        ("name", "the service"),
        ("state", "started or stopped"),
        ("enabled", "whether it starts at boot"),
        ("status", "systemd's properties of the unit, as they were before"),
    ),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/service_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    return units.converge(task, args["name"], args["state"], args["enabled"])
