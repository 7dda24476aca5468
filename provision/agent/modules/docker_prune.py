"""Removing what an Engine holds and nothing uses."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.docker.lists import filters
from provision.agent.docker.units import size
from provision.agent.engine_api import Engine
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

# kind -> its key in the Engine's answer; whether space is told
_KINDS: Tuple[Tuple[str, str, bool], ...] = (
    ("containers", "ContainersDeleted", True),
    ("images", "ImagesDeleted", True),
    ("networks", "NetworksDeleted", False),
    ("volumes", "VolumesDeleted", True),
)

SPEC = Spec(
    name="docker_prune",
    collection=COLLECTION,
    summary="Remove stopped containers, unused images, networks, volumes and build cache.",
    params=(
        *(
            param
            for kind, _, _ in _KINDS
            for param in (
                Param(kind, f"Remove unused {kind}.", type="bool", default=False),
                Param(kind + "_filters", "Which of them, as the Engine's API has it.", type="dict"),
            )
        ),
        Param("builder_cache", "Remove build cache.", type="bool", default=False),
        Param("builder_cache_all", "All of it, not only unused.", type="bool", default=False),
        Param("builder_cache_filters", "Which of it.", type="dict"),
        Param("builder_cache_keep_storage", "How much to keep, such as 2G."),
        *CONNECTION,
    ),
    check_mode=False,
    returns=(
        ("containers", "IDs of those removed."),
        ("containers_space_reclaimed", "Bytes."),
        ("images", "What was removed: {Untagged} and {Deleted}."),
        ("images_space_reclaimed", "Bytes."),
        ("networks", "Names of those removed."),
        ("volumes", "Names of those removed."),
        ("volumes_space_reclaimed", "Bytes."),
        ("builder_cache_space_reclaimed", "Bytes."),
        ("builder_cache_caches_deleted", "IDs of those removed."),
    ),
    source="https://docs.docker.com/engine/manage-resources/pruning/",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    args = task.args
    result: Dict[str, Any] = {"changed": False}
    # Pruning takes as long as there is to remove.
    patient = engine.waiting()
    for kind, key, space in _KINDS:
        if not args[kind]:
            continue
        answer = patient.post(f"/{kind}/prune", query={"filters": filters(args[kind + "_filters"])})
        _note(result, kind, answer.get(key) or [])
        if space:
            result[kind + "_space_reclaimed"] = answer["SpaceReclaimed"]
    if args["builder_cache"]:
        keep = args["builder_cache_keep_storage"]
        query = {
            "filters": filters(args["builder_cache_filters"]),
            "all": True if args["builder_cache_all"] else None,
            "keep-storage": None if keep is None else size("builder_cache_keep_storage", keep),
        }
        answer = patient.post("/build/prune", query=query)
        _note(result, "builder_cache_caches_deleted", answer.get("CachesDeleted") or [])
        result["builder_cache_space_reclaimed"] = answer["SpaceReclaimed"]
    return result


run = with_engine(_run)


def _note(result: Dict[str, Any], name: str, removed: List[Any]) -> None:
    result[name] = removed
    result["changed"] = result["changed"] or bool(removed)
