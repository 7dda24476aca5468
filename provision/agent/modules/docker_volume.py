"""Volumes."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Tuple

from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.engine_api import Engine, segment
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="docker_volume",
    collection=COLLECTION,
    summary="Make or remove a Docker volume.",
    params=(
        Param("volume_name", "The volume's name.", required=True, aliases=("name",)),
        Param("state", default="present", choices=("present", "absent")),
        Param("driver", "The volume driver.", default="local"),
        Param("driver_options", "Its options.", type="dict"),
        Param("labels", "Labels; only those named are compared.", type="dict"),
        Param(
            "recreate",
            "Remove the volume, with its data, and make it again: never, always, or when the "
            "driver, its options or labels differ.",
            default="never",
            choices=("never", "always", "options-changed"),
        ),
        *CONNECTION,
    ),
    diff=True,
    returns=(
        ("volume", "The volume as the Engine tells it."),
        ("warnings", "What differs and was left so."),
    ),
    source="https://docs.docker.com/reference/api/engine/ (Volume)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    path = f"/volumes/{segment(task.args['volume_name'])}"
    volume = engine.find(path)
    if task.args["state"] == "absent":
        if volume and not task.check:
            engine.delete(path)
        return _result(task, {"exists": (True, False)} if volume else {}, None)
    return _present(task, engine, path, volume)


run = with_engine(_run)


def _present(
    task: ModuleTask, engine: Engine, path: str, volume: Optional[Mapping[str, Any]]
) -> Dict[str, Any]:
    changed: Dict[str, Tuple[Any, Any]] = {}
    warnings = []
    recreate = task.args["recreate"]
    if volume is None:
        changed["exists"] = (False, True)
    else:
        differing = _differences(volume, task.args)
        if recreate == "always" or (differing and recreate == "options-changed"):
            changed = dict(differing, recreated=(False, True))
            if not task.check:
                engine.delete(path)
        elif differing:
            warnings.append(
                f"volume {task.args['volume_name']} differs in {', '.join(differing)}; an Engine "
                "cannot change a volume, and recreate=never"
            )
    if changed and not task.check:
        body = {
            "Name": task.args["volume_name"],
            "Driver": task.args["driver"],
            "DriverOpts": _texts(task.args["driver_options"]),
            "Labels": _texts(task.args["labels"]),
        }
        engine.post("/volumes/create", body)
    result = _result(task, changed, engine.find(path))
    if warnings:
        result["warnings"] = warnings
    return result


def _differences(volume: Mapping[str, Any], args: Mapping[str, Any]) -> Dict[str, Tuple[Any, Any]]:
    out: Dict[str, Tuple[Any, Any]] = {}
    if volume["Driver"] != args["driver"]:
        out["driver"] = (volume["Driver"], args["driver"])
    for param, key in (("driver_options", "Options"), ("labels", "Labels")):
        wanted = _texts(args[param])
        now = {name: (volume.get(key) or {}).get(name) for name in wanted}
        if now != wanted:
            out[param] = (now, wanted)
    return out


def _texts(given: Optional[Mapping[str, Any]]) -> Dict[str, str]:
    return {str(key): str(value) for key, value in (given or {}).items()}


def _result(
    task: ModuleTask, changed: Mapping[str, Tuple[Any, Any]], volume: Optional[Mapping[str, Any]]
) -> Dict[str, Any]:
    out: Dict[str, Any] = {"changed": bool(changed), "volume": dict(volume or {})}
    if task.diff:
        out["diff"] = {
            "before": {key: now for key, (now, _) in changed.items()},
            "after": {key: wanted for key, (_, wanted) in changed.items()},
        }
    return out
