"""What an Engine says of itself and holds."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.docker.lists import brief, filters
from provision.agent.engine_api import Engine
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleFailed, ModuleTask

_BRIEF = {
    "containers": ("Id", "Image", "Command", "Created", "Status", "Ports", "Names"),
    "images": ("Id", "RepoTags", "Created", "Size"),
    "networks": ("Id", "Driver", "Name", "Scope"),
    "volumes": ("Driver", "Name"),
}

SPEC = Spec(
    name="docker_host_info",
    collection=COLLECTION,
    summary="Read an Engine's own description and, where asked, what it holds.",
    params=(
        Param("containers", "List running containers.", type="bool", default=False),
        Param("containers_all", "List stopped ones as well.", type="bool", default=False),
        Param("containers_filters", "Filters, as the Engine's API has them.", type="dict"),
        Param("images", "List images.", type="bool", default=False),
        Param("images_filters", "Filters of that list.", type="dict"),
        Param("networks", "List networks.", type="bool", default=False),
        Param("networks_filters", "Filters of that list.", type="dict"),
        Param("volumes", "List volumes.", type="bool", default=False),
        Param("volumes_filters", "Filters of that list.", type="dict"),
        Param("disk_usage", "Sum up disk usage.", type="bool", default=False),
        Param("verbose_output", "Whole objects in the lists.", type="bool", default=False),
        *CONNECTION,
    ),
    returns=(
        ("can_talk_to_docker", "Whether the Engine answered (also when failed)."),
        ("host_info", "The Engine's description, with Swarm."),
        ("containers", "With containers."),
        ("images", "With images."),
        ("networks", "With networks."),
        ("volumes", "With volumes."),
        ("disk_usage", "With disk_usage: LayersSize in bytes; all of it with verbose_output."),
    ),
    source="https://docs.docker.com/reference/api/engine/ (System)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    args = task.args
    try:
        info = engine.get("/info")
    except ModuleFailed as failure:
        failure.result["can_talk_to_docker"] = False
        raise
    result: Dict[str, Any] = {"changed": False, "can_talk_to_docker": True, "host_info": info}
    for kind, keys in _BRIEF.items():
        if args[kind]:
            found = _listed(engine, kind, args)
            result[kind] = found if args["verbose_output"] else brief(found, keys)
    if args["disk_usage"]:
        usage = engine.get("/system/df")
        result["disk_usage"] = (
            usage if args["verbose_output"] else brief([usage], ("LayersSize",))[0]
        )
    return result


run = with_engine(_run)


def _listed(engine: Engine, kind: str, args: Dict[str, Any]) -> Any:
    query = {"filters": filters(args[kind + "_filters"])}
    if kind == "containers":
        return engine.get("/containers/json", dict(query, all=args["containers_all"]))
    if kind == "images":
        return engine.get("/images/json", query)
    if kind == "volumes":
        return engine.get("/volumes", query).get("Volumes") or []
    return engine.get("/networks", query)
