"""Changing services by hand: scale, update, rollback; and waiting for it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from provision.agent.docker.convergence import Watch
from provision.agent.docker.credentials import login_header
from provision.agent.docker.service import mode_of, with_digest
from provision.agent.docker.swarm import update_object
from provision.agent.engine_api import Engine
from provision.agent.task import ModuleFailed
from provision.cluster.engines import refusals
from provision.cluster.workloads.listing import find_service
from provision.cluster.workloads.update_options import Edit
from provision.errors import TaskFailed, UsageError

Say = Callable[[str], None]
_COUNTED = {"replicated": "Replicated", "replicated-job": "ReplicatedJob"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """Parameters:
    seconds: how long to wait for the tasks; None: not at all.
    say: told of progress, a line at a time.
    """

    seconds: float | None
    say: Say


def scale(engine: Engine, counts: Mapping[str, int], waiting: Waiting) -> None:
    """Give services that many tasks; all are checked before one is changed.

    Raises:
        UsageError: no such service, or it is not one whose tasks are counted.
        TaskFailed: the Engine refused, or they did not converge.
    """
    found = {name: find_service(engine, name) for name in counts}
    for name, service in found.items():
        mode, _ = mode_of(service["Spec"])
        if mode not in _COUNTED:
            raise UsageError(
                f"service {name} is {mode}: it has as many tasks as there are nodes for it",
                hint="constraints decide where it runs: `provision service update "
                f"--constraint-add ... {name}`",
            )
    changed = []
    for name, service in found.items():
        mode, now = mode_of(service["Spec"])
        if now == counts[name]:
            waiting.say(f"{name}: {now} tasks already")
            continue
        field = "Replicas" if mode == "replicated" else "TotalCompletions"
        path = ("Mode", _COUNTED[mode], field)
        _post(engine, service, lambda spec, p=path, n=counts[name]: _put(spec, p, n))  # type: ignore[misc]
        waiting.say(f"{name}: from {now} to {counts[name]} tasks")
        changed.append(service)
    _wait(engine, changed, waiting)


def update(
    engine: Engine,
    name: str,
    edits: Sequence[Edit],
    waiting: Waiting,
    *,
    force: bool = False,
    resolve_image: bool = False,
    with_registry_auth: bool = False,
) -> bool:
    """Change a service's settings; whether something was.

    Parameters:
        force: start its tasks anew though nothing differs.
        resolve_image: pin the digest that the image's registry has.
        with_registry_auth: give the nodes this user's login to the image's registry.

    Raises:
        UsageError: no such service, or an edit that makes no sense for it.
        TaskFailed: the Engine refused, or it did not converge.
    """
    service = find_service(engine, name)

    def changed(spec: dict[str, Any]) -> dict[str, Any]:
        for edit in edits:
            edit.apply(spec, engine)
        task = spec["TaskTemplate"]
        if resolve_image:
            box = task["ContainerSpec"]
            box["Image"] = with_digest(engine, box["Image"])
        if force:
            task["ForceUpdate"] = int(task.get("ForceUpdate") or 0) + 1
        return spec

    with refusals():
        wanted = changed(copy.deepcopy(service["Spec"]))
    if wanted == service["Spec"]:
        return False
    headers = {}
    if with_registry_auth:
        with refusals():
            headers = login_header(wanted["TaskTemplate"]["ContainerSpec"]["Image"])
    _post(engine, service, changed, headers=headers)
    _wait(engine, [service], waiting)
    return True


def rollback(engine: Engine, name: str, waiting: Waiting) -> None:
    """Bring a service back to what it was before its last update.

    Raises:
        UsageError: no such service, or it was never updated.
        TaskFailed: the Engine refused, or it did not converge.
    """
    service = find_service(engine, name)
    if not service.get("PreviousSpec"):
        raise UsageError(f"service {name} was never updated: there is nothing to go back to")
    _post(engine, service, lambda spec: spec, {"rollback": "previous"})
    _wait(engine, [service], waiting, rolling_back=True)


def remove(engine: Engine, names: Sequence[str]) -> None:
    """Remove services; all are looked for before one is removed.

    Raises:
        UsageError: there is no such service.
        TaskFailed: the Engine refused.
    """
    found = [find_service(engine, name) for name in names]
    with refusals():
        for service in found:
            engine.delete(f"/services/{service['ID']}")


def _post(
    engine: Engine,
    service: Mapping[str, Any],
    change: Callable[[dict[str, Any]], dict[str, Any]],
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> None:
    with refusals():
        update_object(
            engine,
            f"/services/{service['ID']}",
            lambda current: change(copy.deepcopy(current["Spec"])),
            {"registryAuthFrom": "spec", **(query or {})},
            dict(headers or {}),
        )


def _wait(
    engine: Engine,
    changed: Sequence[Mapping[str, Any]],
    waiting: Waiting,
    *,
    rolling_back: bool = False,
) -> None:
    if waiting.seconds is None or not changed:
        return
    names = [each["Spec"]["Name"] for each in changed]
    what = f"service{'s' if len(names) > 1 else ''} {', '.join(names)}"
    query = {"id": [each["ID"] for each in changed]}
    watch = Watch(engine, what, query, names, rolling_back)
    try:
        watch.wait(waiting.seconds, lambda text: waiting.say(text.rstrip()))
    except ModuleFailed as failure:
        raise TaskFailed(failure.message, hint=what_now(failure.message, names[0])) from None


def what_now(message: str, service: str) -> str:
    """What to do about tasks that do not run."""
    if "No such image" in message:
        return "`provision image push IMAGE` brings an image to the nodes, without a registry"
    return f"`provision service ps {service}` and `provision service logs {service}` say more"


def _put(spec: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    place = spec
    for step in path[:-1]:
        place = place.setdefault(step, {})
    place[path[-1]] = value
    return spec
