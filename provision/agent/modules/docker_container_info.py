"""One container as its Engine knows it."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.engine_api import Engine, segment
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="docker_container_info",
    collection=COLLECTION,
    summary="Read a container.",
    params=(Param("name", "The container's name or ID.", required=True), *CONNECTION),
    returns=(
        ("exists", "Whether there is such a container."),
        ("container", "The container as the Engine tells it; none if there is none."),
    ),
    source="https://docs.docker.com/reference/api/engine/ (Container)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    container = engine.find(f"/containers/{segment(task.args['name'])}/json")
    return {"changed": False, "exists": container is not None, "container": container}


run = with_engine(_run)
