"""systemd's units."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent import units
from provision.agent.spec import Param, Spec
from provision.agent.systemd import Systemd
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="systemd",
    summary="Start, stop, enable, mask and look at systemd's units; reload systemd itself.",
    aliases=("systemd_service",),
    params=(
        Param("name", "The unit; without a suffix, a service.", aliases=("service", "unit")),
        Param("state", "What it should do or be.", choices=units.STATES),
        Param("enabled", "Whether it starts at boot.", type="bool"),
        Param("force", "Replace conflicting links when enabling.", type="bool", default=False),
        Param("masked", "Whether it cannot be started at all.", type="bool"),
        Param(
            "daemon_reload",
            "Have systemd read its unit files again first.",
            type="bool",
            default=False,
            aliases=("daemon-reload",),
        ),
        Param(
            "daemon_reexec",
            "Have systemd execute itself anew first.",
            type="bool",
            default=False,
            aliases=("daemon-reexec",),
        ),
        Param(
            "scope",
            "Whose manager.",
            default="system",
            choices=("system", "user", "global"),
        ),
        Param("no_block", "Do not wait for it.", type="bool", default=False),
    ),
    returns=(
        ("name", "the unit"),
        ("state", "started or stopped"),
        ("enabled", "whether it starts at boot"),
        ("status", "systemd's properties of the unit, as they were before"),
    ),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/systemd_service_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    manager = Systemd(task, args["scope"])
    if not task.check:
        if args["daemon_reexec"]:
            manager.must("daemon-reexec")
        if args["daemon_reload"]:
            manager.must("daemon-reload")
    if args["name"] is None:
        if args["state"] or args["enabled"] is not None or args["masked"] is not None:
            raise task.fail("state, enabled and masked need name")
        return {"changed": False, "name": None, "status": {}}
    return units.converge(
        task,
        args["name"],
        args["state"],
        args["enabled"],
        args["masked"],
        args["scope"],
        args["no_block"],
        args["force"],
    )
