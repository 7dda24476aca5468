"""What a manager knows of its swarm."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.docker.lists import filters
from provision.agent.docker.swarm import Membership, membership
from provision.agent.engine_api import Engine
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleFailed, ModuleTask

SPEC = Spec(
    name="docker_swarm_info",
    collection=COLLECTION,
    summary="Read the swarm's settings, tokens, nodes, services and tasks from a manager.",
    params=(
        Param("nodes", "List the nodes.", type="bool", default=False),
        Param("nodes_filters", "Filters of that list, as the Engine's API has them.", type="dict"),
        Param("services", "List the services.", type="bool", default=False),
        Param("services_filters", "Filters of that list.", type="dict"),
        Param("tasks", "List the tasks.", type="bool", default=False),
        Param("tasks_filters", "Filters of that list.", type="dict"),
        Param("unlock_key", "Read the unlock key.", type="bool", default=False),
        Param("verbose_output", "Whole objects in the lists.", type="bool", default=False),
        *CONNECTION,
    ),
    returns=(
        ("can_talk_to_docker", "Whether the Engine answered (also when failed)."),
        ("docker_swarm_active", "Whether this node is in a swarm (also when failed)."),
        ("docker_swarm_manager", "Whether it is a manager (also when failed)."),
        ("docker_swarm_unlocked", "False if it is locked (also when failed)."),
        ("swarm_facts", "The swarm as the Engine tells it, with JoinTokens."),
        ("swarm_unlock_key", "With unlock_key."),
        ("nodes", "With nodes."),
        ("services", "With services."),
        ("tasks", "With tasks."),
        ("cluster_id", "The swarm's ID, on workers too (not in community.docker)."),
        ("node_id", "This node's ID in it (not in community.docker)."),
    ),
    source="https://docs.docker.com/reference/api/engine/ (Swarm)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    flags = {
        "can_talk_to_docker": False,
        "docker_swarm_active": False,
        "docker_swarm_manager": False,
        "docker_swarm_unlocked": False,
    }
    try:
        here = membership(engine)
    except ModuleFailed as failure:
        failure.result.update(flags)
        raise
    flags.update(
        can_talk_to_docker=True,
        docker_swarm_active=here.state in ("active", "pending", "locked"),
        docker_swarm_manager=here.manager and here.active,
        docker_swarm_unlocked=here.active,
    )
    identity = {"cluster_id": here.cluster_id, "node_id": here.node_id or None}
    if not flags["docker_swarm_manager"]:
        raise ModuleFailed(_why_not(here), changed=False, **flags, **identity)
    return dict(flags, changed=False, **identity, **_facts(task, engine))


run = with_engine(_run)


def _why_not(here: Membership) -> str:
    if here.inactive:
        return f"node {here.name} is not in a swarm"
    if here.active:
        return f"node {here.name} is a worker of swarm {here.cluster_id}; ask a manager"
    return here.trouble().message


def _facts(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    args = task.args
    out: Dict[str, Any] = {"swarm_facts": engine.get("/swarm")}
    if args["unlock_key"]:
        out["swarm_unlock_key"] = engine.get("/swarm/unlockkey").get("UnlockKey") or None
    for kind, shorten in (("nodes", _node), ("services", _service), ("tasks", _task)):
        if args[kind]:
            found = engine.get("/" + kind, {"filters": filters(args[kind + "_filters"])})
            out[kind] = found if args["verbose_output"] else [shorten(item) for item in found]
    return out


def _node(node: Dict[str, Any]) -> Dict[str, Any]:
    manager = node.get("ManagerStatus") or {}
    role = "Leader" if manager.get("Leader") else manager.get("Reachability", "").capitalize()
    return {
        "ID": node["ID"],
        "Hostname": node["Description"]["Hostname"],
        "Status": node["Status"]["State"],
        "Availability": node["Spec"]["Availability"],
        "ManagerStatus": role or None,
        "EngineVersion": node["Description"]["Engine"]["EngineVersion"],
    }


def _service(service: Dict[str, Any]) -> Dict[str, Any]:
    spec = service["Spec"]
    mode = next(iter(spec["Mode"]), "")
    out = {
        "ID": service["ID"],
        "Name": spec["Name"],
        "Mode": mode,
        "Image": (spec["TaskTemplate"].get("ContainerSpec") or {}).get("Image"),
    }
    if mode == "Replicated":
        out["Replicas"] = spec["Mode"]["Replicated"].get("Replicas")
    ports = (service.get("Endpoint") or {}).get("Ports")
    if ports:
        out["Ports"] = ports
    return out


def _task(task: Dict[str, Any]) -> Dict[str, Any]:
    status = task.get("Status") or {}
    return {
        "ID": task["ID"],
        "ServiceID": task.get("ServiceID"),
        "Slot": task.get("Slot"),
        "Image": (task["Spec"].get("ContainerSpec") or {}).get("Image"),
        "Node": task.get("NodeID"),
        "DesiredState": task.get("DesiredState"),
        "CurrentState": status.get("State"),
        "Error": status.get("Err"),
    }
