"""Images to an archive on the node."""

from __future__ import annotations

from typing import Any, Dict, List

from provision.agent.docker.archive import holds, save
from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.docker.image_names import full_name, is_id
from provision.agent.docker.images import find_image
from provision.agent.engine_api import Engine
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="docker_image_export",
    collection=COLLECTION,
    summary="Write images to an archive on the node, as `docker save` does.",
    params=(
        Param(
            "names",
            "The images' names or IDs.",
            type="list",
            elements="str",
            required=True,
            aliases=("name",),
        ),
        Param("tag", "The tag of names without one.", default="latest"),
        Param("path", "The archive, on the node.", type="path", required=True),
        Param(
            "force", "Write it although it holds these images already.", type="bool", default=False
        ),
        *CONNECTION,
    ),
    returns=(
        ("images", "The images as the Engine tells them."),
        ("actions", "What was done, sentences."),
    ),
    source="https://docs.docker.com/reference/api/engine/ (Image)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    args = task.args
    wanted: Dict[str, str] = {}
    images: List[Dict[str, Any]] = []
    for name in args["names"]:
        image = find_image(engine, name, args["tag"])
        called = name if is_id(name) else full_name(name, args["tag"])
        if image is None:
            raise task.fail(f"there is no image {called} on this Engine")
        images.append(image)
        wanted[called] = image["Id"]
    changed = args["force"] or not holds(args["path"], wanted)
    if changed and not task.check:
        save(engine, list(wanted), args["path"])
    actions = [f"Wrote {', '.join(wanted)} to {args['path']}"] if changed else []
    return {"changed": changed, "actions": actions, "images": images}


run = with_engine(_run)
