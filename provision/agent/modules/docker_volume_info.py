"""One volume as its Engine knows it."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.engine_api import Engine, segment
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="docker_volume_info",
    collection=COLLECTION,
    summary="Read a Docker volume.",
    params=(
        Param("name", "The volume's name.", required=True, aliases=("volume_name",)),
        *CONNECTION,
    ),
    returns=(
        ("exists", "Whether there is such a volume."),
        ("volume", "The volume as the Engine tells it; none if there is none."),
    ),
    source="https://docs.docker.com/reference/api/engine/ (Volume)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    volume = engine.find(f"/volumes/{segment(task.args['name'])}")
    return {"changed": False, "exists": volume is not None, "volume": volume}


run = with_engine(_run)
