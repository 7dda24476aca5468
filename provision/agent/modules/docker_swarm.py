"""Make a swarm, join one, leave one, change its settings."""

from __future__ import annotations

import time
from typing import Any, Dict, List, Tuple

from provision.agent.docker.connection import COLLECTION, CONNECTION, timeout_of, with_engine
from provision.agent.docker.swarm import (
    Membership,
    find_node,
    membership,
    require_manager,
    update_object,
    wait_active,
)
from provision.agent.docker.swarm_fixed import fixed_at_init, other_address, other_swarm
from provision.agent.docker.swarm_spec import differences, with_settings
from provision.agent.engine_api import Engine, EngineError, EngineSilent, segment
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleFailed, ModuleTask

INIT_ONLY = "Only used when a swarm is made; a different value later is a warning, not a change."

SPEC = Spec(
    name="docker_swarm",
    collection=COLLECTION,
    summary="Make a Docker Swarm, join or leave one, change its settings.",
    params=(
        Param(
            "state",
            "present: this node manages a swarm with these settings. join: it is in a swarm. "
            "absent: it is in none. remove: the node node_id is no longer listed.",
            default="present",
            choices=("present", "join", "absent", "remove"),
        ),
        Param(
            "cluster_id",
            "Not in community.docker. The swarm that this is about: on a node of another one, the "
            "task fails and changes nothing.",
        ),
        Param(
            "advertise_addr",
            "Address or interface, with or without a port, that other nodes reach this one by. "
            "Used when making or joining only.",
        ),
        Param(
            "listen_addr",
            "Address or interface, and port, to listen on. Used when making or joining only.",
            default="0.0.0.0:2377",
        ),
        Param("data_path_addr", "Address or interface for the traffic of overlay networks."),
        Param("data_path_port", "UDP port of that traffic. " + INIT_ONLY, type="int"),
        Param(
            "default_addr_pool",
            "Subnets in CIDR form that overlay networks get theirs from. " + INIT_ONLY,
            type="list",
            elements="str",
        ),
        Param("subnet_size", "Prefix length of those subnets. " + INIT_ONLY, type="int"),
        Param("remote_addrs", "host:port of managers to join.", type="list", elements="str"),
        Param("join_token", "The token to join with, worker's or manager's.", secret=True),
        Param(
            "force",
            "present: make a new swarm although in one already (force-new-cluster). absent: "
            "leave although a manager. remove: although not down.",
            type="bool",
            default=False,
        ),
        Param("node_id", "ID or host name of the node to remove."),
        Param("name", "The swarm's name."),
        Param("labels", "The swarm's labels, all of them.", type="dict"),
        Param("task_history_retention_limit", "Old tasks kept per slot.", type="int"),
        Param("snapshot_interval", "Raft log entries between snapshots.", type="int"),
        Param("keep_old_snapshots", "Snapshots kept beside the newest.", type="int"),
        Param("log_entries_for_slow_followers", "Log entries kept after a snapshot.", type="int"),
        Param("heartbeat_tick", "Ticks (seconds) between Raft heartbeats.", type="int"),
        Param("election_tick", "Ticks (seconds) without a leader before an election.", type="int"),
        Param("dispatcher_heartbeat_period", "Nanoseconds between agents' heartbeats.", type="int"),
        Param("node_cert_expiry", "Nanoseconds that node certificates are valid.", type="int"),
        Param("signing_ca_cert", "CA certificate in PEM, for a new swarm or CA rotation."),
        Param("signing_ca_key", "CA key in PEM, likewise.", secret=True),
        Param("ca_force_rotate", "Increase to rotate the CA; voids join tokens.", type="int"),
        Param("autolock_managers", "Managers need a key after a restart.", type="bool"),
        Param("rotate_worker_token", "Make a new worker token.", type="bool", default=False),
        Param("rotate_manager_token", "Make a new manager token.", type="bool", default=False),
        Param(
            "rotate_unlock_key",
            "Not in community.docker. Make a new key for locked managers.",
            type="bool",
            default=False,
        ),
        *CONNECTION,
    ),
    diff=True,
    required_if=(
        ("state", "join", ("remote_addrs", "join_token")),
        ("state", "remove", ("node_id",)),
    ),
    returns=(
        ("swarm_facts", "state=present: JoinTokens {Manager, Worker}, UnlockKey, ID."),
        ("actions", "What was done, sentences."),
        ("cluster_id", "The swarm's ID, if this node is in one (not in community.docker)."),
        ("node_id", "This node's ID in it (not in community.docker)."),
    ),
    source="https://docs.docker.com/reference/api/engine/ (Swarm)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    state = task.args["state"]
    here = membership(engine)
    if not here.inactive:
        _same_swarm(here, task.args["cluster_id"])
    if state == "remove":
        return _remove(task, engine)
    if state == "present":
        return _present(task, engine, here)
    if state == "join":
        return _join(task, engine, here)
    return _absent(task, engine, here)


run = with_engine(_run)


def _present(task: ModuleTask, engine: Engine, here: Membership) -> Dict[str, Any]:
    if task.args["force"] or here.inactive:
        return _init(task, engine, here)
    if not here.active:
        raise here.trouble()
    if not here.manager:
        raise ModuleFailed(
            f"node {here.name} is a worker of swarm {here.cluster_id or '(unknown)'}; a swarm's "
            "settings are changed on a manager"
        )
    return _update(task, engine)


def _init(task: ModuleTask, engine: Engine, here: Membership) -> Dict[str, Any]:
    args = task.args
    body = {
        "ListenAddr": args["listen_addr"],
        "AdvertiseAddr": args["advertise_addr"],
        "DataPathAddr": args["data_path_addr"],
        "DataPathPort": args["data_path_port"],
        "DefaultAddrPool": args["default_addr_pool"],
        "SubnetSize": args["subnet_size"],
        "ForceNewCluster": True if args["force"] else None,
        "AutoLockManagers": args["autolock_managers"],
        "Spec": with_settings({}, args),
    }
    if not task.check:
        engine.post("/swarm/init", {key: value for key, value in body.items() if value is not None})
        here = wait_active(engine, timeout_of(task))
    forced = "New Swarm cluster forced" if args["force"] else "New Swarm cluster created"
    action = forced if task.check else f"{forced}: {here.cluster_id}"
    after = {key: wanted for key, (_, wanted) in differences({}, args).items()}
    return _result(task, here, [action], ({}, dict(after, state="present")), engine)


def _update(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    args = task.args
    swarm = engine.get("/swarm")
    changed = differences(swarm["Spec"], args)
    rotate = {
        query: True
        for query, param in (
            ("rotateWorkerToken", "rotate_worker_token"),
            ("rotateManagerToken", "rotate_manager_token"),
            ("rotateManagerUnlockKey", "rotate_unlock_key"),
        )
        if args[param]
    }
    actions = []
    if changed:
        actions.append("Swarm cluster updated: " + ", ".join(sorted(changed)))
    actions += [f"Secret rotated: {name}" for name in sorted(rotate)]
    if actions and not task.check:
        update_object(engine, "/swarm", lambda now: with_settings(now["Spec"], args), rotate)
    before = {key: now for key, (now, _) in changed.items()}
    after = {key: wanted for key, (_, wanted) in changed.items()}
    for query in rotate:
        before[query], after[query] = "(secret)", "(another secret)"
    here = membership(engine)
    result = _result(task, here, actions, (before, after), engine)
    warnings = fixed_at_init(swarm, args) + other_address(here, args["advertise_addr"])
    if warnings:
        result["warnings"] = warnings
    return result


def _join(task: ModuleTask, engine: Engine, here: Membership) -> Dict[str, Any]:
    args = task.args
    if not here.inactive:
        if here.active:
            result = _result(task, here, ["This node is already part of a swarm."], ({}, {}))
            warnings = other_swarm(here, args) + other_address(here, args["advertise_addr"])
            if warnings:
                result["warnings"] = warnings
            return result
        if here.state != "pending":
            raise here.trouble()
        if task.check:
            return _result(task, here, ["A join is pending."], ({}, {}))
        # An earlier join is still under way: the Engine goes on trying by itself.
        here = wait_active(engine, timeout_of(task))
        _same_swarm(here, args["cluster_id"])
        return _result(task, here, ["A pending join completed."], ({}, {"state": "join"}))
    body = {
        "ListenAddr": args["listen_addr"],
        "AdvertiseAddr": args["advertise_addr"],
        "DataPathAddr": args["data_path_addr"],
        "RemoteAddrs": args["remote_addrs"],
        "JoinToken": args["join_token"],
    }
    if not task.check:
        deadline = time.monotonic() + timeout_of(task)
        try:
            engine.post("/swarm/join", {k: v for k, v in body.items() if v is not None})
        except (EngineError, EngineSilent) as error:
            # "Timeout was reached before node joined": it goes on in the background.
            if membership(engine).state != "pending":
                reason = getattr(error, "reason", error.message)
                raise ModuleFailed(
                    f"cannot join a swarm at {', '.join(args['remote_addrs'])}: {reason}"
                ) from None
        here = wait_active(engine, max(1.0, deadline - time.monotonic()))
        _same_swarm(here, args["cluster_id"])
    return _result(task, here, ["New node is added to swarm cluster"], ({}, {"state": "join"}))


def _same_swarm(here: Membership, wanted: Any) -> None:
    if not wanted or here.cluster_id == wanted:
        return
    if here.cluster_id is None:
        if here.active:
            raise ModuleFailed(
                f"node {here.name} is in a swarm, but which one cannot be read from its "
                f"certificate; {wanted} is wanted. Nothing was changed"
            )
        return
    raise ModuleFailed(
        f"node {here.name} is in swarm {here.cluster_id}, not in {wanted}; it was neither made "
        "to leave nor forced. If it belongs here: state=absent with force=true, then join",
        cluster_id=here.cluster_id,
    )


def _absent(task: ModuleTask, engine: Engine, here: Membership) -> Dict[str, Any]:
    if here.inactive:
        return _result(task, here, ["This node is not in a swarm."], ({}, {}))
    left = here.cluster_id or "(unknown)"
    if here.manager and not task.args["force"]:
        raise ModuleFailed(
            f"node {here.name} is a manager of swarm {left}: demote it first (docker_node "
            "role=worker, run on another manager), or use force=true, which erases its state"
        )
    if not task.check:
        engine.post("/swarm/leave", query={"force": task.args["force"]})
        deadline = time.monotonic() + timeout_of(task)
        while not membership(engine).inactive:
            if time.monotonic() > deadline:
                raise membership(engine).trouble()
            time.sleep(0.2)
    result = _result(
        task, here, [f"Node has left the swarm cluster {left}"], ({"state": "join"}, {})
    )
    result["cluster_id"] = None
    result["node_id"] = None
    return result


def _remove(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    here = require_manager(engine)
    wanted, force = task.args["node_id"], task.args["force"]
    node = find_node(engine, wanted)
    if node is None:
        return _result(task, here, [f"Node {wanted} is not in this swarm."], ({}, {}))
    if not force and node["Status"]["State"] != "down":
        raise ModuleFailed(
            f"node {wanted} ({node['ID']}) is {node['Status']['State']}, not down; let it leave "
            "first (state=absent on it), or use force=true"
        )
    if not task.check:
        engine.delete(f"/nodes/{segment(node['ID'])}", {"force": force})
    action = f"Node {node['ID']} is removed from swarm cluster"
    return _result(task, here, [action], ({"node": node["ID"]}, {"node": None}))


def _result(
    task: ModuleTask,
    here: Membership,
    actions: List[str],
    diff: Tuple[Dict[str, Any], Dict[str, Any]],
    manager: Any = None,
) -> Dict[str, Any]:
    result: Dict[str, Any] = {
        "changed": diff[0] != diff[1],
        "actions": actions,
        "cluster_id": here.cluster_id,
        "node_id": here.node_id or None,
        "swarm_facts": _facts(manager) if manager and here.manager else {},
    }
    if task.diff:
        result["diff"] = {"before": diff[0], "after": diff[1]}
    return result


def _facts(engine: Engine) -> Dict[str, Any]:
    swarm = engine.get("/swarm")
    key = engine.get("/swarm/unlockkey").get("UnlockKey", "")
    return {"ID": swarm["ID"], "JoinTokens": swarm["JoinTokens"], "UnlockKey": key}
