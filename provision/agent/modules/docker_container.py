"""Containers."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent.docker.connection import COLLECTION, with_engine
from provision.agent.docker.container import Container
from provision.agent.docker.container_params import PARAMS
from provision.agent.engine_api import Engine
from provision.agent.spec import Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="docker_container",
    collection=COLLECTION,
    summary="Make, change, start, stop or remove a container.",
    params=PARAMS,
    diff=True,
    returns=(
        ("container", "The container as the Engine tells it; with detach=false also Output."),
        ("status", "With detach=false: its exit status."),
        ("actions", "What was done, sentences."),
    ),
    source="https://docs.docker.com/reference/api/engine/ (Container)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    return Container(task, engine).converge()


run = with_engine(_run)
