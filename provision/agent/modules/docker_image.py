"""Images: pull, load, tag, push, archive, remove."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from provision.agent.docker.archive import holds, save
from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.docker.image_names import full_name, is_id, split_name
from provision.agent.docker.images import find_image, load, pull, push, tag
from provision.agent.engine_api import Engine
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="docker_image",
    collection=COLLECTION,
    summary="Pull, load, tag, push, archive or remove an image. It does not build.",
    params=(
        Param("name", "The image's name or ID.", required=True),
        Param("tag", "Its tag, unless the name has one.", default="latest"),
        Param("state", default="present", choices=("present", "absent")),
        Param(
            "source",
            "Where it comes from: pull (a registry), load (an archive on the node), local (it is "
            "there already). Needed when present.",
            choices=("load", "pull", "local"),
        ),
        Param("load_path", "The archive to load.", type="path"),
        Param("force_source", "Pull or load although it is there.", type="bool", default=False),
        Param("force_absent", "Remove it although it has other names.", type="bool", default=False),
        Param("force_tag", "Move a name that another image has.", type="bool", default=False),
        Param("repository", "Another name to give it, with or without a tag."),
        Param(
            "pull",
            "How to pull.",
            type="dict",
            options=(Param("platform", "Such as linux/amd64."),),
        ),
        Param(
            "push", "Push it, as repository or name, to its registry.", type="bool", default=False
        ),
        Param("archive_path", "Write it to this archive, as `docker save` does.", type="path"),
        *CONNECTION,
    ),
    refused=(("build", "build where the files are, then push it, or export, copy and load it"),),
    required_if=(
        ("state", "present", ("source",)),
        ("source", "load", ("load_path",)),
    ),
    returns=(
        ("image", "The image as the Engine tells it."),
        ("actions", "What was done, sentences."),
    ),
    source="https://docs.docker.com/reference/api/engine/ (Image)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    args = task.args
    image = find_image(engine, args["name"], args["tag"])
    if args["state"] == "absent":
        return _absent(task, engine, image)
    actions: List[str] = []
    before = image and image["Id"]
    if image is None or (args["force_source"] and args["source"] != "local"):
        _fetch(task, engine, actions)
        if not task.check:
            image = find_image(engine, args["name"], args["tag"])
            if image is None:
                raise task.fail(f"{args['load_path']} holds no image {_name(task)}")
    changed = (task.check and bool(actions)) or (image and image["Id"]) != before
    if args["repository"] and _tag(task, engine, image, actions):
        changed = True
    if args["archive_path"] and _archive(task, engine, image, actions):
        changed = True
    if args["push"] and _push(task, engine, actions):
        changed = True
    return {"changed": bool(changed), "actions": actions, "image": image or {}}


run = with_engine(_run)


def _name(task: ModuleTask) -> str:
    name: str = task.args["name"]
    return name if is_id(name) else full_name(name, task.args["tag"])


def _fetch(task: ModuleTask, engine: Engine, actions: List[str]) -> None:
    args = task.args
    name = _name(task)
    if args["source"] == "local":
        raise task.fail(f"there is no image {name} on this Engine, and source is local")
    if args["source"] == "load":
        actions.append(f"Loaded image {name} from {args['load_path']}")
        if not task.check:
            try:
                with open(args["load_path"], "rb") as file:
                    load(engine, file)
            except OSError as error:
                raise task.fail(f"cannot read {args['load_path']}: {error.strerror}") from None
    else:
        actions.append(f"Pulled image {name}")
        if not task.check:
            pull(engine, args["name"], args["tag"], (args["pull"] or {}).get("platform"))


def _tag(
    task: ModuleTask, engine: Engine, image: Optional[Dict[str, Any]], actions: List[str]
) -> bool:
    repository, name = split_name(task.args["repository"], task.args["tag"])
    target = f"{repository}:{name}"
    holder = find_image(engine, target)
    if image and holder and holder["Id"] == image["Id"]:
        return False
    if holder and not task.args["force_tag"]:
        raise task.fail(
            f"{target} is the name of another image, {holder['Id']}; use force_tag=true to move it"
        )
    actions.append(f"Tagged image {_name(task)} to {target}")
    if image and not task.check:
        tag(engine, image["Id"], repository, name)
    return True


def _archive(
    task: ModuleTask, engine: Engine, image: Optional[Dict[str, Any]], actions: List[str]
) -> bool:
    path, name = task.args["archive_path"], _name(task)
    if image and holds(path, {name: image["Id"]}):
        return False
    actions.append(f"Archived image {name} to {path}")
    if not task.check:
        save(engine, [name], path)
    return True


def _push(task: ModuleTask, engine: Engine, actions: List[str]) -> bool:
    name = full_name(task.args["repository"] or task.args["name"], task.args["tag"])
    actions.append(f"Pushed image {name}")
    return task.check or push(engine, name)


def _absent(task: ModuleTask, engine: Engine, image: Optional[Dict[str, Any]]) -> Dict[str, Any]:
    if image is None:
        return {"changed": False, "actions": [], "image": {}}
    if not task.check:
        engine.delete(f"/images/{_name(task)}", {"force": task.args["force_absent"]})
    return {"changed": True, "actions": [f"Removed image {_name(task)}"], "image": {}}
