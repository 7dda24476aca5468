"""Services."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent.modules import systemd
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

_UNUSED = ("arguments", "pattern", "runlevel", "sleep")

SPEC = Spec(
    name="service",
    summary="Start, stop and enable services (of systemd).",
    params=(
        *systemd.SPEC.params,
        Param("arguments", "Not used: systemd takes none.", aliases=("args",)),
        Param("pattern", "Not used: systemd knows what runs."),
        Param("runlevel", "Not used: systemd has none.", default="default"),
        Param("sleep", "Not used: systemd restarts by itself.", type="int"),
        Param("use", "Which service manager.", default="auto", choices=("auto", "systemd")),
    ),
    returns=systemd.SPEC.returns,
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/service_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    known = {param.name for param in systemd.SPEC.params}
    unused = [name for name in _UNUSED if task.args[name] not in (None, "default")]
    task.args = {name: value for name, value in task.args.items() if name in known}
    result = systemd.run(task)
    if unused:
        text = "systemd does without these parameters: {}".format(", ".join(unused))
        result.setdefault("warnings", []).append(text)
    return result
