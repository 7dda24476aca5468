"""Run a line in a shell."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent import commands
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="shell",
    summary="Run a line in a shell on the node, with pipes, redirections and variables.",
    free_form="cmd",
    params=(
        Param(
            "cmd",
            "The line, as the shell takes it.",
            required=True,
            aliases=("_raw_params", "_raw"),
        ),
        Param("executable", "The shell: an absolute path.", type="path", default="/bin/sh"),
        *commands.PARAMS,
    ),
    returns=commands.RETURNS,
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/shell_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    if not task.args["cmd"].strip():
        raise task.fail("no command given", rc=256)
    return commands.run(task, task.args["cmd"], task.args["executable"])
