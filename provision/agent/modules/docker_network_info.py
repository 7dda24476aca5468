"""One network as its Engine knows it."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.docker.networks import find_network
from provision.agent.engine_api import Engine
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="docker_network_info",
    collection=COLLECTION,
    summary="Read a Docker network.",
    params=(Param("name", "The network's name or ID.", required=True), *CONNECTION),
    returns=(
        ("exists", "Whether there is such a network."),
        ("network", "The network as the Engine tells it; none if there is none."),
    ),
    source="https://docs.docker.com/reference/api/engine/ (Network)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    network = find_network(engine, task.args["name"])
    return {"changed": False, "exists": network is not None, "network": network}


run = with_engine(_run)
