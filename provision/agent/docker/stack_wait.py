"""Waiting until a stack's services run as they should."""

from __future__ import annotations

import time
from typing import Any, Callable, Dict, List, Mapping, Optional

from provision.agent.docker.stack_parts import owned
from provision.agent.engine_api import Engine
from provision.agent.task import ModuleFailed

STABLE = 5.0
"""Seconds for which all tasks have to run: as long as `docker service create` watches."""
_FAILED = ("paused", "rollback_paused", "rollback_completed", "rollback_started")
_POLL = 0.3


def wait(
    engine: Engine, stack: str, seconds: float, changed: bool, emit: Callable[[str], None]
) -> None:
    """Until every service of a stack has its tasks, and keeps them.

    Parameters:
        seconds: how long at most.
        changed: something was changed just now, so that what runs may not be what is to run.
        emit: told of progress.

    Raises:
        ModuleFailed: an update stopped or was rolled back, or it took too long; with the reason
            of the tasks that failed.
    """
    deadline = time.monotonic() + seconds
    since: Optional[float] = None
    said = ""
    while True:
        services = _services(engine, stack)
        _check_updates(engine, services)
        waiting = [_progress(each) for each in services if not _settled(each)]
        text = "; ".join(waiting)
        if text != said:
            said = text
            emit((text or "all tasks run") + "\n")
        now = time.monotonic()
        since = None if waiting else since or now
        if since is not None and (not changed or now - since >= STABLE):
            return
        if now >= deadline:
            raise ModuleFailed(
                f"stack {stack} did not converge within {seconds:g} s: {text or 'not yet stable'}"
                + _reasons(engine, services)
            )
        time.sleep(_POLL)


def _services(engine: Engine, stack: str) -> List[Dict[str, Any]]:
    if engine.version < (1, 41):
        raise ModuleFailed("waiting for a stack needs Docker Engine 20.10 or newer")
    found = [
        engine.get(f"/services/{each['ID']}") for each in owned(engine, "services", stack)
    ]  # the list lacks UpdateStatus on some Engines
    filters = {"label": [f"com.docker.stack.namespace={stack}"]}
    counts = {
        each["ID"]: each.get("ServiceStatus") or {}
        for each in engine.get("/services", {"filters": filters, "status": True})
    }
    return [dict(each, ServiceStatus=counts.get(each["ID"], {})) for each in found]


def _is_job(service: Mapping[str, Any]) -> bool:
    return any(mode.endswith("Job") for mode in service["Spec"].get("Mode") or {})


def _settled(service: Mapping[str, Any]) -> bool:
    status = service["ServiceStatus"]
    if (service.get("UpdateStatus") or {}).get("State") not in (None, "", "completed"):
        return False
    if _is_job(service):
        total = service["Spec"]["Mode"].get("ReplicatedJob", {}).get("TotalCompletions")
        done = status.get("CompletedTasks", 0)
        return bool(done >= total if total is not None else done and not _left(status))
    return not _left(status)


def _left(status: Mapping[str, Any]) -> int:
    return int(status.get("DesiredTasks", 0)) - int(status.get("RunningTasks", 0))


def _progress(service: Mapping[str, Any]) -> str:
    status, name = service["ServiceStatus"], service["Spec"]["Name"]
    if _is_job(service):
        return f"{name}: {status.get('CompletedTasks', 0)} completed"
    state = (service.get("UpdateStatus") or {}).get("State")
    updating = f", {state}" if state and state != "completed" else ""
    return f"{name}: {status.get('RunningTasks', 0)}/{status.get('DesiredTasks', 0)}{updating}"


def _check_updates(engine: Engine, services: List[Dict[str, Any]]) -> None:
    for service in services:
        update = service.get("UpdateStatus") or {}
        if update.get("State") in _FAILED:
            raise ModuleFailed(
                f"service {service['Spec']['Name']}: its update is {update['State']}: "
                f"{update.get('Message', '')}" + _reasons(engine, [service])
            )


def _reasons(engine: Engine, services: List[Dict[str, Any]]) -> str:
    """What the tasks that failed last say."""
    out = []
    for service in services:
        tasks = engine.get("/tasks", {"filters": {"service": [service["ID"]]}})
        failed = [task for task in tasks if (task.get("Status") or {}).get("Err")]
        if failed:
            last = max(failed, key=lambda task: str(task["Status"].get("Timestamp")))
            state, error = last["Status"].get("State"), last["Status"]["Err"]
            out.append(f"; a task of {service['Spec']['Name']} {state}: {error}")
        elif not any((task.get("Status") or {}).get("State") == "running" for task in tasks):
            states = sorted({(task.get("Status") or {}).get("State", "") for task in tasks})
            if states:
                out.append(f"; tasks of {service['Spec']['Name']} are {', '.join(states)}")
    return "".join(out)
