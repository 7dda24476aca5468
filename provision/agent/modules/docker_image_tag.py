"""Further names for an image."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.docker.image_names import full_name, is_id, split_name
from provision.agent.docker.images import find_image, tag
from provision.agent.engine_api import Engine
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="docker_image_tag",
    collection=COLLECTION,
    summary="Give an image further names.",
    params=(
        Param("name", "The image's name or ID.", required=True),
        Param("tag", "Its tag, unless the name has one.", default="latest"),
        Param(
            "repository",
            "The names to give it; those without a tag get tag.",
            type="list",
            elements="str",
            required=True,
        ),
        Param(
            "existing_images",
            "When another image has such a name: overwrite takes it away.",
            default="overwrite",
            choices=("keep", "overwrite"),
        ),
        *CONNECTION,
    ),
    diff=True,
    returns=(
        ("image", "The image as the Engine tells it."),
        ("tagged_images", "The names that it was given."),
        ("actions", "What was done, sentences."),
    ),
    source="https://docs.docker.com/reference/api/engine/ (Image)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    args = task.args
    image = find_image(engine, args["name"], args["tag"])
    if image is None:
        raise task.fail(f"there is no image {full_name(args['name'], args['tag'])} on this Engine")
    actions: List[str] = []
    given: List[str] = []
    before, after = [], []
    for entry in args["repository"]:
        if is_id(entry) or "@" in entry:
            raise task.fail(f"repository: {entry} cannot be a tag; write repository:tag")
        target = full_name(entry, args["tag"])
        held = find_image(engine, target)
        before.append({"name": target, **_identity(held)})
        keep = held is not None and args["existing_images"] == "keep"
        if keep or (held is not None and held["Id"] == image["Id"]):
            after.append(before[-1])
            continue
        after.append({"name": target, "id": image["Id"]})
        actions.append(f"Tagged image {image['Id']} as {target}")
        given.append(target)
        if not task.check:
            tag(engine, image["Id"], *split_name(target))
    result: Dict[str, Any] = {
        "changed": bool(actions),
        "actions": actions,
        "tagged_images": given,
        "image": image,
    }
    if task.diff:
        result["diff"] = {"before": {"images": before}, "after": {"images": after}}
    return result


run = with_engine(_run)


def _identity(image: Optional[Dict[str, Any]]) -> Dict[str, Any]:
    return {"exists": False} if image is None else {"id": image["Id"]}
