"""A node's labels, availability and role in its swarm."""

from __future__ import annotations

import copy
import time
from typing import Any, Dict, Mapping, Optional

from provision.agent.docker.connection import COLLECTION, CONNECTION, timeout_of, with_engine
from provision.agent.docker.swarm import find_node, membership, require_manager, update_object
from provision.agent.engine_api import Engine, EngineError, segment
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleFailed, ModuleTask

SPEC = Spec(
    name="docker_node",
    collection=COLLECTION,
    summary="Set a swarm node's labels, availability and role; run on a manager.",
    params=(
        Param("hostname", "Host name or ID of the node, as the swarm has it.", required=True),
        Param("labels", "Labels to set.", type="dict"),
        Param(
            "labels_state",
            "merge: other labels stay. replace: other labels go; without labels, all go.",
            default="merge",
            choices=("merge", "replace"),
        ),
        Param(
            "labels_to_remove",
            "Labels to remove when merging, unless they are in labels too.",
            type="list",
            elements="str",
        ),
        Param(
            "availability",
            "active, pause (no new tasks) or drain (no tasks).",
            choices=("active", "pause", "drain"),
        ),
        Param(
            "role",
            "The role to have; a change is waited for, as long as timeout.",
            choices=("manager", "worker"),
        ),
        Param(
            "cluster_id",
            "Not in community.docker. The swarm that this is about: on a manager of another one, "
            "the task fails and changes nothing.",
        ),
        *CONNECTION,
    ),
    diff=True,
    returns=(("node", "The node as the Engine tells it, after the change."),),
    source="https://docs.docker.com/reference/api/engine/ (Node)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    here, wanted = require_manager(engine), task.args["cluster_id"]
    if wanted and here.cluster_id != wanted:
        raise task.fail(f"this manager is of swarm {here.cluster_id}, not of {wanted}")
    name = task.args["hostname"]
    node = find_node(engine, name)
    if node is None:
        known = sorted(each["Description"]["Hostname"] for each in engine.get("/nodes"))
        raise task.fail(f"no node of this swarm is called {name}; it has: {', '.join(known)}")
    path = f"/nodes/{segment(node['ID'])}"
    before, after = _settings(node["Spec"]), _settings(changed_spec(node["Spec"], task.args))
    changed = before != after
    if changed and not task.check:
        deadline = time.monotonic() + timeout_of(task)
        _update(engine, path, task.args, deadline)
        if before["role"] != after["role"]:
            node = _wait_for_role(engine, path, after["role"], deadline) or node
        else:
            node = engine.get(path)
    result: Dict[str, Any] = {"changed": changed, "node": node}
    if task.diff:
        result["diff"] = {"before": before, "after": after}
    return result


run = with_engine(_run)


def _update(engine: Engine, path: str, args: Mapping[str, Any], deadline: float) -> None:
    while True:
        try:
            update_object(engine, path, lambda now: changed_spec(now["Spec"], args))
            return
        except EngineError as error:
            # A node promoted a moment ago is not a Raft member yet and cannot be demoted.
            if "raft memberlist" not in error.reason or time.monotonic() >= deadline:
                raise
            time.sleep(0.3)


def _wait_for_role(
    engine: Engine, path: str, role: str, deadline: float
) -> Optional[Dict[str, Any]]:
    """The node in its new role; None where this Engine itself ceased to be a manager."""
    while True:
        try:
            node: Dict[str, Any] = engine.get(path)
        except EngineError as error:
            here = membership(engine)
            if here.active and not here.manager:
                return None
            # A leader that is demoted hands over first: for a moment nobody can tell.
            passing = error.status == 503 or "leader" in error.reason
            if not passing or time.monotonic() >= deadline:
                raise
            time.sleep(0.3)
            continue
        status = node.get("ManagerStatus")
        reachable = (status or {}).get("Reachability") == "reachable"
        if reachable if role == "manager" else not status:
            return node
        if time.monotonic() >= deadline:
            raise ModuleFailed(
                f"node {node['ID']} was told to be a {role} but is not one yet "
                f"(node {node['Status'].get('State')}, manager status {status}); "
                "is it up, and can it reach the managers' port 2377?"
            )
        time.sleep(0.3)


def changed_spec(spec: Mapping[str, Any], args: Mapping[str, Any]) -> Dict[str, Any]:
    """The node's Spec as the arguments want it."""
    out = copy.deepcopy(dict(spec))
    wanted = {str(key): _text(value) for key, value in (args["labels"] or {}).items()}
    if args["labels_state"] == "replace":
        out["Labels"] = wanted
    else:
        gone = set(args["labels_to_remove"] or ()) - set(wanted)
        kept = {key: text for key, text in (out.get("Labels") or {}).items() if key not in gone}
        out["Labels"] = dict(kept, **wanted)
    if args["availability"]:
        out["Availability"] = args["availability"]
    if args["role"]:
        out["Role"] = args["role"]
    return out


def _settings(spec: Mapping[str, Any]) -> Dict[str, Any]:
    return {
        "labels": spec.get("Labels") or {},
        "availability": spec.get("Availability"),
        "role": spec.get("Role"),
    }


def _text(value: Any) -> str:
    return "" if value is None else str(value)
