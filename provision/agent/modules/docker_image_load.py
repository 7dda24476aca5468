"""Load images from an archive on the node."""

from __future__ import annotations

from typing import Any, Dict, List

from provision.agent.docker.archive import images_in
from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.docker.images import find_image, load
from provision.agent.engine_api import Engine
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="docker_image_load",
    collection=COLLECTION,
    summary="Load images from an archive that `docker save` made.",
    params=(
        Param("path", "The archive, on the node.", type="path", required=True),
        *CONNECTION,
    ),
    returns=(
        ("image_names", "Names, or IDs of nameless images, that the archive holds."),
        ("images", "The images as the Engine tells them."),
    ),
    source="https://docs.docker.com/reference/api/engine/ (Image)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    path = task.args["path"]
    held = images_in(path)
    names: List[str] = [name for image, tags in (held or {}).items() for name in tags or [image]]
    # The archive tells its images' IDs, so one that is there already need not be sent.
    if held and all(_there(engine, image, tags) for image, tags in held.items()):
        return _result(engine, False, names)
    if task.check:
        return {"changed": True, "image_names": names, "images": []}
    with open(path, "rb") as file:
        return _result(engine, True, load(engine, file) or names)


run = with_engine(_run)


def _there(engine: Engine, image: str, tags: List[str]) -> bool:
    found = [find_image(engine, name) for name in tags or [image]]
    return all(each is not None and each["Id"] == image for each in found)


def _result(engine: Engine, changed: bool, names: List[str]) -> Dict[str, Any]:
    images = [find_image(engine, name) for name in names]
    return {
        "changed": changed,
        "image_names": names,
        "images": [image for image in images if image is not None],
    }
