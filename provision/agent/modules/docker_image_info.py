"""Images as an Engine knows them."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.docker.images import find_image
from provision.agent.engine_api import Engine
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="docker_image_info",
    collection=COLLECTION,
    summary="Read images.",
    params=(
        Param(
            "name",
            "Names or IDs; all images when not given. Unknown ones are left out.",
            type="list",
            elements="str",
        ),
        *CONNECTION,
    ),
    returns=(("images", "The images as the Engine tells them."),),
    source="https://docs.docker.com/reference/api/engine/ (Image)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    names = task.args["name"]
    if names is None:
        names = [image["Id"] for image in engine.get("/images/json")]
    found = [find_image(engine, name) for name in names]
    return {"changed": False, "images": [image for image in found if image is not None]}


run = with_engine(_run)
