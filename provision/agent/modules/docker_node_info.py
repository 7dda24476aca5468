"""Swarm nodes as a manager knows them."""

from __future__ import annotations

from typing import Any, Dict, List

from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.docker.swarm import find_node, require_manager
from provision.agent.engine_api import Engine
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="docker_node_info",
    collection=COLLECTION,
    summary="Read swarm nodes from a manager.",
    params=(
        Param(
            "name",
            "Host names or IDs; all nodes when not given. Unknown ones are left out.",
            type="list",
            elements="str",
        ),
        Param("self", "Only the node this runs on.", type="bool", default=False),
        *CONNECTION,
    ),
    returns=(("nodes", "The nodes as the Engine tells them."),),
    source="https://docs.docker.com/reference/api/engine/ (Node)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    here = require_manager(engine)
    names = [here.node_id] if task.args["self"] else task.args["name"]
    nodes: List[Dict[str, Any]]
    if names:
        found = [find_node(engine, name) for name in names]
        nodes = [node for node in found if node is not None]
    else:
        nodes = engine.get("/nodes")
    return {"changed": False, "nodes": nodes}


run = with_engine(_run)
