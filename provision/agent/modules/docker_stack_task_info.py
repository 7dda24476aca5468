"""The tasks of a stack."""

from __future__ import annotations

import calendar
import re
import time
from typing import Any, Dict, List, Tuple

from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.docker.service_fields import without_digest
from provision.agent.docker.stack_parts import owned
from provision.agent.docker.stack_specs import STACK_LABEL
from provision.agent.docker.swarm import require_manager
from provision.agent.engine_api import Engine
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="docker_stack_task_info",
    collection=COLLECTION,
    summary="List a stack's tasks as `docker stack ps` does; run on a manager.",
    params=(Param("name", "The stack's name.", required=True), *CONNECTION),
    refused=(
        ("docker_cli", "the Engine's API is used, not the docker program"),
        ("cli_context", "the Engine's API is used, not the docker program; see docker_host"),
    ),
    returns=(
        (
            "results",
            "One for each task: ID, Name, Image, Node, DesiredState, CurrentState, Error, Ports.",
        ),
    ),
    source="https://docs.docker.com/reference/cli/docker/stack/ps/",
)
_AGES: Tuple[Tuple[float, str], ...] = (
    (365 * 86400, "year"),
    (30 * 86400, "month"),
    (7 * 86400, "week"),
    (86400, "day"),
    (3600, "hour"),
    (60, "minute"),
    (1, "second"),
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    require_manager(engine)
    stack = task.args["name"]
    services = {each["ID"]: each["Spec"]["Name"] for each in owned(engine, "services", stack)}
    if not services:
        raise task.fail(f"there is no stack {stack} in this swarm")
    nodes = {node["ID"]: node["Description"]["Hostname"] for node in engine.get("/nodes")}
    found: List[Dict[str, Any]] = engine.get(
        "/tasks", {"filters": {"label": [f"{STACK_LABEL}={stack}"]}}
    )
    found.sort(key=lambda each: str(each.get("CreatedAt")), reverse=True)
    found.sort(key=lambda each: (services.get(each["ServiceID"], ""), each.get("Slot", 0)))
    return {"changed": False, "results": [_told(each, services, nodes) for each in found]}


run = with_engine(_run)


def _told(task: Dict[str, Any], services: Dict[str, str], nodes: Dict[str, str]) -> Dict[str, Any]:
    status = task.get("Status") or {}
    node = task.get("NodeID", "")
    state = str(status.get("State", "")).capitalize()
    ports = (status.get("PortStatus") or {}).get("Ports") or []
    box = (task.get("Spec") or {}).get("ContainerSpec") or {}
    return {
        "ID": task["ID"],
        "Name": f"{services.get(task['ServiceID'], task['ServiceID'])}.{task.get('Slot') or node}",
        "Image": without_digest(box.get("Image", "")),
        "Node": nodes.get(node, node),
        "DesiredState": str(task.get("DesiredState", "")).capitalize(),
        "CurrentState": f"{state} {_age(str(status.get('Timestamp', '')))} ago",
        "Error": status.get("Err", ""),
        "Ports": ",".join(
            f"*:{each.get('PublishedPort')}->{each.get('TargetPort')}/{each.get('Protocol')}"
            for each in ports
        ),
    }


def _age(timestamp: str) -> str:
    match = re.match(r"(\d+-\d+-\d+T\d+:\d+:\d+)", timestamp)
    if not match:
        return "some time"
    then = calendar.timegm(time.strptime(match.group(1), "%Y-%m-%dT%H:%M:%S"))
    seconds = max(0.0, time.time() - then)
    for length, name in _AGES:
        if seconds >= length:
            number = int(seconds // length)
            return f"{number} {name}{'' if number == 1 else 's'}"
    return "less than a second"
