"""Services of a swarm."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Tuple

from provision.agent.docker import kernel_hints
from provision.agent.docker.connection import COLLECTION, with_engine
from provision.agent.docker.convergence import Watch
from provision.agent.docker.credentials import login_header
from provision.agent.docker.service import Desired
from provision.agent.docker.service_params import PARAMS
from provision.agent.docker.swarm import find_named, require_manager, update_object
from provision.agent.engine_api import Engine, segment
from provision.agent.spec import Spec
from provision.agent.task import ModuleFailed, ModuleTask

SPEC = Spec(
    name="docker_swarm_service",
    collection=COLLECTION,
    summary="Make, change or remove a swarm service; run on a manager.",
    params=PARAMS,
    diff=True,
    returns=(
        ("swarm_service", "The service in the form of this module's parameters."),
        ("changes", "The parameters that differed."),
        ("rebuilt", "Whether it was removed and made again: the mode cannot be changed."),
    ),
    source="https://docs.docker.com/reference/api/engine/ (Service)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    require_manager(engine)
    service = _find(engine, task.args["name"])
    if task.args["state"] == "absent":
        return _absent(task, engine, service)
    desired = Desired(task.args, engine)
    if service is None:
        return _create(task, engine, desired)
    return _change(task, engine, desired, service)


run = with_engine(_run)


def _find(engine: Engine, name: str) -> Optional[Dict[str, Any]]:
    service = find_named(engine, "services", name)
    # The Engine also takes the beginning of an ID.
    return service if service and name in (service["ID"], service["Spec"]["Name"]) else None


def _absent(task: ModuleTask, engine: Engine, service: Optional[Dict[str, Any]]) -> Dict[str, Any]:
    if service and not task.check:
        engine.delete(f"/services/{segment(service['ID'])}")
    return {
        "changed": service is not None,
        "changes": [],
        "rebuilt": False,
        "swarm_service": {},
        "msg": "Service removed" if service else "Service absent",
    }


def _create(task: ModuleTask, engine: Engine, desired: Desired) -> Dict[str, Any]:
    if not task.args["image"]:
        raise task.fail(f"service {task.args['name']} does not exist and image is not given")
    spec = desired.spec({})
    if not task.check:
        _make(task, engine, spec)
        _wait(task, engine, True)
    return _result(task, "Service created", desired, spec, {"exists": (False, True)}, False)


def _change(
    task: ModuleTask, engine: Engine, desired: Desired, service: Mapping[str, Any]
) -> Dict[str, Any]:
    changed = desired.differences(service["Spec"])
    rebuild = "mode" in changed
    spec = desired.spec(service["Spec"])
    path = f"/services/{segment(service['ID'])}"
    if rebuild and not task.check:
        engine.delete(path)
        _make(task, engine, spec)
    elif changed and not task.check:
        query = {"registryAuthFrom": "spec"}
        headers = _login(task, spec)
        update_object(engine, path, lambda now: desired.spec(now["Spec"]), query, headers)
    if not task.check:
        _wait(task, engine, bool(changed))
    text = "Service rebuilt" if rebuild else "Service updated" if changed else "Service unchanged"
    return _result(task, text, desired, spec, changed, rebuild)


def _make(task: ModuleTask, engine: Engine, spec: Mapping[str, Any]) -> None:
    engine.request("POST", "/services/create", None, spec, _login(task, spec))


def _login(task: ModuleTask, spec: Mapping[str, Any]) -> Dict[str, str]:
    if not task.args["with_registry_auth"]:
        return {}
    return login_header(spec["TaskTemplate"]["ContainerSpec"]["Image"])


def _wait(task: ModuleTask, engine: Engine, changed: bool) -> None:
    if task.args["detach"]:
        return
    found = _find(engine, task.args["name"])
    if found is None:
        raise task.fail(f"service {task.args['name']} was removed while it was waited for")
    name = found["Spec"]["Name"]
    watch = Watch(engine, f"service {name}", {"id": [found["ID"]]}, [name] if changed else [])
    try:
        watch.wait(task.args["wait_timeout"], task.emit)
    except ModuleFailed as failure:
        failure.result["changed"] = changed
        raise


def _result(
    task: ModuleTask,
    text: str,
    desired: Desired,
    spec: Mapping[str, Any],
    changed: Mapping[str, Tuple[Any, Any]],
    rebuilt: bool,
) -> Dict[str, Any]:
    out: Dict[str, Any] = {
        "changed": bool(changed),
        "changes": sorted(set(changed) - {"exists"}),
        "rebuilt": rebuilt,
        "swarm_service": desired.facts(spec),
        "msg": text,
    }
    hints = kernel_hints.of_service(spec) if changed else []
    if hints:
        out["warnings"] = hints
    if task.diff:
        out["diff"] = {
            "before": {key: now for key, (now, _) in changed.items()},
            "after": {key: wanted for key, (_, wanted) in changed.items()},
        }
    return out
