"""One service as a manager knows it."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.docker.swarm import find_named, require_manager
from provision.agent.engine_api import Engine
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="docker_swarm_service_info",
    collection=COLLECTION,
    summary="Read a swarm service from a manager.",
    params=(Param("name", "The service's name or ID.", required=True), *CONNECTION),
    returns=(
        ("exists", "Whether there is such a service."),
        ("service", "The service as the Engine tells it; none if there is none."),
    ),
    source="https://docs.docker.com/reference/api/engine/ (Service)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    require_manager(engine)
    service = find_named(engine, "services", task.args["name"])
    return {"changed": False, "exists": service is not None, "service": service}


run = with_engine(_run)
