"""Images to a registry."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.docker.image_names import full_name, is_id
from provision.agent.docker.images import find_image, push
from provision.agent.engine_api import Engine
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="docker_image_push",
    collection=COLLECTION,
    summary="Push an image to its registry, with the login that docker_login keeps.",
    params=(
        Param("name", "The image's name, which begins with its registry.", required=True),
        Param("tag", "Its tag, unless the name has one.", default="latest"),
        *CONNECTION,
    ),
    check_mode=False,
    returns=(
        ("image", "The image as the Engine tells it."),
        ("actions", "What was done, sentences."),
    ),
    source="https://docs.docker.com/reference/api/engine/ (Image)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    args = task.args
    if is_id(args["name"]):
        raise task.fail(f"{args['name']} is an image's ID: only names can be pushed")
    name = full_name(args["name"], args["tag"])
    image = find_image(engine, args["name"], args["tag"])
    if image is None:
        raise task.fail(f"there is no image {name} on this Engine")
    changed = push(engine, args["name"], args["tag"])
    return {"changed": changed, "actions": [f"Pushed image {name}"], "image": image}


run = with_engine(_run)
