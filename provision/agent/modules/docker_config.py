"""Configs of a swarm."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent.docker.connection import COLLECTION, with_engine
from provision.agent.docker.stored_data import params, runner
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="docker_config",
    collection=COLLECTION,
    summary="Make, replace or remove a swarm config; run on a manager.",
    params=(
        *params("config"),
        Param("template_driver", "Fill in templates with this driver.", choices=("golang",)),
    ),
    mutually_exclusive=(("data", "data_src"),),
    returns=(
        ("config_id", "Its ID."),
        ("config_name", "Its name, with the version if rolling."),
    ),
    source="https://docs.docker.com/reference/api/engine/ (Config)",
)


def _template(task: ModuleTask) -> Dict[str, Any]:
    driver = task.args["template_driver"]
    return {"Templating": {"Name": driver}} if driver else {}


run = with_engine(runner("config", _template))
