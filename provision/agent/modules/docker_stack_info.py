"""The stacks of a swarm."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.docker.stack_specs import STACK_LABEL
from provision.agent.docker.swarm import require_manager
from provision.agent.engine_api import Engine
from provision.agent.spec import Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="docker_stack_info",
    collection=COLLECTION,
    summary="List the stacks of a swarm; run on a manager.",
    params=CONNECTION,
    refused=(
        ("docker_cli", "the Engine's API is used, not the docker program"),
        ("cli_context", "the Engine's API is used, not the docker program; see docker_host"),
    ),
    returns=(("results", "One for each stack: Name, Services (their number), Orchestrator."),),
    source="https://docs.docker.com/reference/cli/docker/stack/ls/",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    require_manager(engine)
    count: Dict[str, int] = {}
    for service in engine.get("/services", {"filters": {"label": [STACK_LABEL]}}):
        name = service["Spec"]["Labels"][STACK_LABEL]
        count[name] = count.get(name, 0) + 1
    results = [
        {"Name": name, "Namespace": "", "Orchestrator": "Swarm", "Services": str(number)}
        for name, number in sorted(count.items())
    ]
    return {"changed": False, "results": results}


run = with_engine(_run)
