"""Services, tasks and stacks as rows: what `docker service ls` and its like show.

Source: https://docs.docker.com/reference/api/engine/ (Service, Task)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from provision.agent.docker.service import mode_of
from provision.agent.docker.service_fields import without_digest
from provision.agent.docker.stack_specs import STACK_LABEL
from provision.agent.engine_api import Engine
from provision.cluster.workloads.words import ago
from provision.errors import UsageError, did_you_mean

Filters = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """Parameters:
    update: the state of its last update, "" for none.
    """

    id: str
    name: str
    mode: str
    running: int
    desired: int
    completed: int
    image: str
    ports: str
    update: str
    max_per_node: int = 0

    @property
    def replicas(self) -> str:
        """As Docker writes it."""
        text = f"{self.running}/{self.desired}"
        if self.mode.endswith("job"):
            return f"{text} ({self.completed}/{self.desired} completed)"
        return f"{text} (max {self.max_per_node} per node)" if self.max_per_node else text


@dataclass(frozen=True, slots=True)
class TaskRow:
    """Parameters:
    earlier: another task has taken its place.
    state, since: what it does, and since when in Docker's words.
    """

    id: str
    name: str
    earlier: bool
    image: str
    node: str
    desired: str
    state: str
    since: str
    error: str
    ports: str


@dataclass(frozen=True, slots=True)
class StackRow:
    name: str
    services: int


def filters_of(texts: Iterable[str]) -> dict[str, list[str]]:
    """``KEY=VALUE`` options as the Engine's filters.

    Raises:
        UsageError: one is not of that form.
    """
    found: dict[str, list[str]] = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not sign:
            raise UsageError(f"--filter {text}: write KEY=VALUE, such as name=web")
        found.setdefault(key.strip().lower(), []).append(value.strip())
    return found


def services(engine: Engine, filters: Filters) -> list[ServiceRow]:
    """The swarm's services, by name."""
    listed = engine.get("/services", {"filters": dict(filters), "status": True})
    return sorted((_service(each) for each in listed), key=lambda row: row.name)


def stacks(engine: Engine) -> list[StackRow]:
    """The swarm's stacks, by name."""
    counts: dict[str, int] = {}
    for each in engine.get("/services", {"filters": {"label": [STACK_LABEL]}}):
        name = each["Spec"]["Labels"][STACK_LABEL]
        counts[name] = counts.get(name, 0) + 1
    return [StackRow(name, count) for name, count in sorted(counts.items())]


def require_stack(engine: Engine, name: str) -> None:
    """Raises UsageError where no service, network, secret or config is of that stack."""
    known = [row.name for row in stacks(engine)]
    mine = {"filters": {"label": [f"{STACK_LABEL}={name}"]}}
    kinds = ("networks", "secrets", "configs")
    if name not in known and not any(engine.get(f"/{kind}", mine) for kind in kinds):
        raise UsageError(
            f"there is no stack '{name}'",
            hint=did_you_mean(name, known)
            or (
                f"there are: {', '.join(known)}" if known else "`provision deploy stack` makes one"
            ),
        )


def find_service(engine: Engine, name: str) -> dict[str, Any]:
    """A service by its name, its ID, or the beginning of its ID.

    Raises:
        UsageError: there is none, or several IDs begin so.
    """
    listed: list[dict[str, Any]] = engine.get("/services")
    for match in (
        [each for each in listed if name in (each["ID"], each["Spec"]["Name"])],
        [each for each in listed if each["ID"].startswith(name)],
    ):
        if len(match) == 1:
            found: dict[str, Any] = engine.get(f"/services/{match[0]['ID']}")
            return found
        if match:
            raise UsageError(f"several services' IDs begin with '{name}'")
    names = sorted(each["Spec"]["Name"] for each in listed)
    raise UsageError(
        f"there is no service '{name}'",
        hint=did_you_mean(name, names)
        or (f"there are: {', '.join(names)}" if names else "`provision deploy stack` makes some"),
    )


def tasks(engine: Engine, filters: Filters) -> list[TaskRow]:
    """Tasks by name, the newest of each first."""
    nodes = {each["ID"]: each["Description"]["Hostname"] for each in engine.get("/nodes")}
    names = {each["ID"]: each["Spec"]["Name"] for each in engine.get("/services")}
    listed = engine.get("/tasks", {"filters": dict(filters)})
    listed.sort(key=lambda task: str(task["CreatedAt"]), reverse=True)
    rows, seen = [], set()
    for task in sorted(listed, key=lambda task: _place(task, names)):
        place = _place(task, names)
        rows.append(_task(task, task_name(task, names), nodes, place in seen))
        seen.add(place)
    return rows


def task_name(task: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """``SERVICE.SLOT``, or ``SERVICE.NODE`` where the service is global.

    Parameters:
        names: of services, by ID.
    """
    service = names.get(task.get("ServiceID", ""), task.get("ServiceID", ""))
    return f"{service}.{task.get('Slot') or task.get('NodeID', '')}"


def _place(task: Mapping[str, Any], names: Mapping[str, str]) -> tuple[str, int, str]:
    service = names.get(task.get("ServiceID", ""), "")
    return service, int(task.get("Slot") or 0), "" if task.get("Slot") else task.get("NodeID", "")


def _task(task: Mapping[str, Any], name: str, nodes: Mapping[str, str], earlier: bool) -> TaskRow:
    status = task.get("Status") or {}
    ports = (status.get("PortStatus") or {}).get("Ports") or []
    return TaskRow(
        id=task["ID"],
        name=name,
        earlier=earlier,
        image=str(without_digest(task["Spec"].get("ContainerSpec", {}).get("Image", ""))),
        node=nodes.get(task.get("NodeID", ""), ""),
        desired=task.get("DesiredState", ""),
        state=status.get("State", ""),
        since=ago(status.get("Timestamp", "")),
        error=status.get("Err", ""),
        ports=_ports(ports),
    )


def _service(service: Mapping[str, Any]) -> ServiceRow:
    spec = service["Spec"]
    status = service.get("ServiceStatus") or {}
    task = spec["TaskTemplate"]
    return ServiceRow(
        id=service["ID"],
        name=spec["Name"],
        mode=mode_of(spec)[0].replace("-", " "),
        running=status.get("RunningTasks", 0),
        desired=status.get("DesiredTasks", 0),
        completed=status.get("CompletedTasks", 0),
        image=str(without_digest(task.get("ContainerSpec", {}).get("Image", ""))),
        ports=_ports((service.get("Endpoint") or {}).get("Ports") or []),
        update=(service.get("UpdateStatus") or {}).get("State", ""),
        max_per_node=(task.get("Placement") or {}).get("MaxReplicas", 0),
    )


def _ports(held: Iterable[Mapping[str, Any]]) -> str:
    shown = []
    for each in held:
        where = "" if each.get("PublishMode") == "ingress" else " (host)"
        published = f"*:{each['PublishedPort']}->" if each.get("PublishedPort") else ""
        shown.append(f"{published}{each['TargetPort']}/{each.get('Protocol', 'tcp')}{where}")
    return ", ".join(shown)
