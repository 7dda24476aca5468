"""Images, or names of them, no more."""

from __future__ import annotations

from typing import Any, Dict, List

from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.docker.image_names import full_name, is_id
from provision.agent.docker.images import find_image
from provision.agent.engine_api import Engine
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="docker_image_remove",
    collection=COLLECTION,
    summary="Remove an image, or one of its names while it has others.",
    params=(
        Param("name", "The image's name or ID.", required=True),
        Param("tag", "Its tag, unless the name has one.", default="latest"),
        Param(
            "force",
            "Remove it although it has several names or a stopped container uses it.",
            type="bool",
            default=False,
        ),
        Param("prune", "Remove its untagged parents too.", type="bool", default=True),
        *CONNECTION,
    ),
    diff=True,
    returns=(
        ("image", "The image as it was; empty if there was none."),
        ("deleted", "IDs of the images removed."),
        ("untagged", "Names removed."),
        ("actions", "What was done, sentences."),
    ),
    source="https://docs.docker.com/reference/api/engine/ (Image)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    args = task.args
    name = args["name"] if is_id(args["name"]) else full_name(args["name"], args["tag"])
    image = find_image(engine, args["name"], args["tag"])
    if image is None:
        return _result(task, {}, [], [], [])
    if task.check:
        deleted, untagged = _predicted(image, name, args["force"])
    else:
        query = {"force": args["force"], "noprune": not args["prune"]}
        answer = engine.delete(f"/images/{name}", query)
        deleted = [each["Deleted"] for each in answer if "Deleted" in each]
        untagged = [each["Untagged"] for each in answer if "Untagged" in each]
    return _result(task, image, [f"Removed image {name}"], deleted, untagged)


run = with_engine(_run)


def _predicted(image: Dict[str, Any], name: str, force: bool) -> Any:
    tags = image.get("RepoTags") or []
    if is_id(name):
        return [image["Id"]], tags
    others = [tag for tag in tags if tag != name]
    return ([] if others else [image["Id"]]), [name]


def _result(
    task: ModuleTask,
    image: Dict[str, Any],
    actions: List[str],
    deleted: List[str],
    untagged: List[str],
) -> Dict[str, Any]:
    result: Dict[str, Any] = {
        "changed": bool(actions),
        "actions": actions,
        "image": image,
        "deleted": sorted(deleted),
        "untagged": sorted(untagged),
    }
    if task.diff:
        before: Dict[str, Any] = {"exists": False}
        after: Dict[str, Any] = {"exists": False}
        if image:
            tags = sorted(image.get("RepoTags") or [])
            before = {"id": image["Id"], "tags": tags}
            if image["Id"] not in deleted:
                after = {"id": image["Id"], "tags": [tag for tag in tags if tag not in untagged]}
        result["diff"] = {"before": before, "after": after}
    return result
