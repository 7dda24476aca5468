"""Waiting until services run as they should."""

from __future__ import annotations

import time
from typing import Any, Callable, Collection, Dict, List, Mapping, Optional

from provision.agent.engine_api import Engine, segment
from provision.agent.task import ModuleFailed

STABLE = 5.0
"""Seconds for which all tasks have to run: as long as `docker service create` watches."""
_STOPPED = ("paused", "rollback_paused")
_POLL = 0.3
_SHOWN = 3  # different errors of a service's tasks


class Watch:
    """The services that are waited for.

    Parameters:
        what: how messages call them, such as ``stack shop``.
        query: the filters of ``GET /services`` that find them.
        changed: names of those changed just now: what runs may not be what is to run, and an
            update that is rolled back is their failure.
        rolling_back: the change is a rollback, whose end is a success.
    """

    def __init__(
        self,
        engine: Engine,
        what: str,
        query: Mapping[str, Any],
        changed: Collection[str],
        rolling_back: bool = False,
    ) -> None:
        self._engine = engine
        self._what = what
        self._query = query
        self._changed = set(changed)
        self._back = rolling_back

    def wait(self, seconds: float, emit: Callable[[str], None]) -> None:
        """Until every service has its tasks, and keeps them.

        Parameters:
            seconds: how long at most.
            emit: told of progress.

        Raises:
            ModuleFailed: an update stopped or was rolled back, or it took too long; with the
                reason of the tasks that failed.
        """
        deadline = time.monotonic() + seconds
        since: Optional[float] = None
        said = ""
        while True:
            services = self._look()
            self._check_updates(services)
            waiting = [_progress(each) for each in services if not self._settled(each)]
            text = "; ".join(waiting)
            if text != said:
                said = text
                emit((text or "all tasks run") + "\n")
            now = time.monotonic()
            since = None if waiting else since or now
            if since is not None and (not self._changed or now - since >= STABLE):
                return
            if now >= deadline:
                raise ModuleFailed(
                    f"{self._what} did not converge within {seconds:g} s: "
                    f"{text or 'not yet stable'}" + _reasons(self._engine, services)
                )
            time.sleep(_POLL)

    def _look(self) -> List[Dict[str, Any]]:
        if self._engine.version < (1, 41):
            raise ModuleFailed("waiting for services needs Docker Engine 20.10 or newer")
        listed = self._engine.get("/services", {"filters": dict(self._query), "status": True})
        # The list lacks UpdateStatus on some Engines.
        return [
            dict(
                self._engine.get(f"/services/{segment(each['ID'])}"),
                ServiceStatus=each.get("ServiceStatus") or {},
            )
            for each in listed
        ]

    def _settled(self, service: Mapping[str, Any]) -> bool:
        status, state = service["ServiceStatus"], _update_state(service)
        may_be_back = self._back or service["Spec"]["Name"] not in self._changed
        if state not in ("", "completed") and not (may_be_back and state == "rollback_completed"):
            return False
        if _is_job(service):
            total = service["Spec"]["Mode"].get("ReplicatedJob", {}).get("TotalCompletions")
            completed = status.get("CompletedTasks", 0)
            return bool(
                completed >= total if total is not None else completed and not _left(status)
            )
        return not _left(status)

    def _check_updates(self, services: List[Dict[str, Any]]) -> None:
        for service in services:
            name, state = service["Spec"]["Name"], _update_state(service)
            undone = state == "rollback_completed" and name in self._changed and not self._back
            if state in _STOPPED or undone:
                said = (service.get("UpdateStatus") or {}).get("Message", "")
                raise ModuleFailed(
                    f"service {name}: its update is {state}: {said}"
                    + _reasons(self._engine, [service]),
                    service=name,
                    update_state=state,
                )


def _update_state(service: Mapping[str, Any]) -> str:
    return str((service.get("UpdateStatus") or {}).get("State") or "")


def _is_job(service: Mapping[str, Any]) -> bool:
    return any(mode.endswith("Job") for mode in service["Spec"].get("Mode") or {})


def _left(status: Mapping[str, Any]) -> int:
    return int(status.get("DesiredTasks", 0)) - int(status.get("RunningTasks", 0))


def _progress(service: Mapping[str, Any]) -> str:
    status, name = service["ServiceStatus"], service["Spec"]["Name"]
    if _is_job(service):
        return f"{name}: {status.get('CompletedTasks', 0)} completed"
    state = _update_state(service)
    updating = f", {state}" if state and state != "completed" else ""
    return f"{name}: {status.get('RunningTasks', 0)}/{status.get('DesiredTasks', 0)}{updating}"


def _ended(task: Mapping[str, Any]) -> bool:
    return task["Status"].get("State") in ("failed", "rejected")


def _reasons(engine: Engine, services: List[Dict[str, Any]]) -> str:
    """What the tasks that failed last say."""
    out = []
    for service in services:
        tasks = engine.get("/tasks", {"filters": {"service": [service["ID"]]}})
        failed = [task for task in tasks if (task.get("Status") or {}).get("Err")]
        # Those that ended tell more than those that wait for what these have left.
        failed = [task for task in failed if _ended(task)] or failed
        if failed:
            failed.sort(key=lambda task: str(task["Status"].get("Timestamp")), reverse=True)
            state = failed[0]["Status"].get("State")
            errors = list(dict.fromkeys(task["Status"]["Err"] for task in failed))
            shown = "; ".join(errors[:_SHOWN])
            out.append(f"; a task of {service['Spec']['Name']} {state}: {shown}")
        elif not any((task.get("Status") or {}).get("State") == "running" for task in tasks):
            states = sorted({(task.get("Status") or {}).get("State", "") for task in tasks})
            if states:
                out.append(f"; tasks of {service['Spec']['Name']} are {', '.join(states)}")
    return "".join(out)
