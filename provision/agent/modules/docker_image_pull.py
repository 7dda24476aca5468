"""Images from a registry."""

from __future__ import annotations

from typing import Any, Dict, Optional

from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.docker.image_names import full_name, is_id
from provision.agent.docker.images import find_image, pull
from provision.agent.engine_api import Engine
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="docker_image_pull",
    collection=COLLECTION,
    summary="Pull an image from a registry.",
    params=(
        Param("name", "The image's name.", required=True),
        Param("tag", "Its tag, unless the name has one or a digest.", default="latest"),
        Param("platform", "Such as linux/amd64."),
        Param(
            "pull",
            "always, or only if there is no such image (of that platform).",
            default="always",
            choices=("always", "not_present"),
        ),
        *CONNECTION,
    ),
    diff=True,
    returns=(
        ("image", "The image as the Engine tells it."),
        ("actions", "What was done, sentences."),
    ),
    source="https://docs.docker.com/reference/api/engine/ (Image)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    args = task.args
    if is_id(args["name"]):
        raise task.fail(f"{args['name']} is an image's ID: only names can be pulled")
    before = find_image(engine, args["name"], args["tag"])
    after = before
    actions = []
    if args["pull"] == "always" or before is None or not _is_for(before, args["platform"]):
        actions.append(f"Pulled image {full_name(args['name'], args['tag'])}")
        if not task.check:
            pull(engine, args["name"], args["tag"], args["platform"])
            after = find_image(engine, args["name"], args["tag"])
    changed = bool(actions) if task.check else _identity(before) != _identity(after)
    result: Dict[str, Any] = {"changed": changed, "actions": actions, "image": after or {}}
    if task.diff:
        new = {"id": "unknown"} if task.check and actions else _identity(after)
        result["diff"] = {"before": _identity(before), "after": new}
    return result


run = with_engine(_run)


def _identity(image: Optional[Dict[str, Any]]) -> Dict[str, Any]:
    return {"exists": False} if image is None else {"id": image["Id"]}


def _is_for(image: Dict[str, Any], platform: Optional[str]) -> bool:
    if not platform:
        return True
    system, _, rest = platform.partition("/")
    architecture, _, variant = rest.partition("/")
    return (
        image.get("Os") == system
        and (not architecture or image.get("Architecture") == architecture)
        and (not variant or image.get("Variant") == variant)
    )
