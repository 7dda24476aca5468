"""Is the agent there."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="ping",
    summary="Answer pong, if the node can be reached and has a usable Python.",
    params=(Param("data", "What to answer; ``crash`` crashes the module.", default="pong"),),
    returns=(("ping", "the value of data"),),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/ping_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    if task.args["data"] == "crash":
        raise RuntimeError("boom")
    return {"changed": False, "ping": task.args["data"]}
