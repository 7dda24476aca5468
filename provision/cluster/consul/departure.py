"""A node leaves Consul: raft, gossip, catalog."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import NamedTuple

from provision.cluster.consul.operation import data_directory
from provision.cluster.operation import Operation
from provision.cluster.quorum import Quorum
from provision.errors import MachineError
from provision.verify.probes import consul_api
from provision.verify.probes.base import ClusterView, NoAnswer, Node

GONE = 90.0
"""Seconds until the others know that a node has left."""

STOPPED = 60.0
"""Seconds that an agent may take to leave by itself."""

_REFUSED = 7  # curl's status where nobody listens


def quorum(view: ClusterView) -> Quorum | None:
    """Consul's servers as autopilot sees them; None if no Consul runs on any that answers.

    Raises:
        MachineError: Consul runs, and has no leader.
    """
    said = ""
    for server in view.servers:
        answer = consul_api.run(view, server, "/v1/operator/autopilot/health")
        if answer.rc:
            said = said if answer.rc == _REFUSED else said or answer.stderr.strip()
            continue
        try:
            servers = json.loads(answer.stdout)["Servers"]
        except (ValueError, KeyError, TypeError):
            said = f"{server.name}: {answer.stdout.strip()[:200]}"
            continue
        voters = {each["Name"]: bool(each.get("Healthy")) for each in servers if each.get("Voter")}
        return Quorum("Consul servers", voters)
    if said and any(_runs(view, server) for server in view.servers):
        raise MachineError(
            f"Consul has no leader that could let a node go ({said})",
            hint="`provision status` shows the whole; `provision recover consul` is for servers "
            "that are gone for good",
        )
    return None


def leave(work: Operation, node: Node, *, answers: bool, for_good: bool = True) -> None:
    """Take a node out of Consul, so that nothing of it is left; fine if it is out already.

    Parameters:
        answers: whether the node can be asked to leave. Then its agent is stopped.
        for_good: it does not start by itself any more.

    Raises:
        MachineError: the others still know of it.
    """
    other = _speaker(work.view, but=node)
    if other is None:
        return
    if answers:
        _leave_itself(work, node)
        work.run(node, f"systemctl {'disable --now' if for_good else 'stop'} --quiet consul")
    deadline = time.monotonic() + GONE
    while left := _left(work.view, other, node):
        if time.monotonic() > deadline:
            raise MachineError(
                f"Consul still knows {node.name}: {', '.join(trace.what for trace in left)}",
                hint="the same command again goes on from there",
            )
        for trace in left:
            if trace.path:
                consul_api.run(work.view, other, trace.path, *trace.curl)
        time.sleep(1)


def forget_raft(work: Operation, node: Node) -> None:
    """Remove what a server that has left knew of raft: it would mislead it as a server again."""
    work.run(node, f"rm -rf {data_directory(work.cluster, node)}/raft")


class _Trace(NamedTuple):
    """Something that Consul knows of a node, and the request that removes it; "" for none."""

    what: str
    path: str
    curl: tuple[str, ...]


def _left(view: ClusterView, other: Node, node: Node) -> list[_Trace]:
    """The traces; while nobody tells, since the one that left has led, there may be some."""
    try:
        return list(_traces(view, other, node))
    except NoAnswer as silence:
        return [_Trace(f"nobody tells whether ({silence})", "", ())]


def _traces(view: ClusterView, other: Node, node: Node) -> Iterator[_Trace]:
    raft = "/v1/operator/raft"
    asked = consul_api.json(view, other, f"{raft}/configuration", expected="the raft peers")
    address = f"{node.address}:8300"
    for peer in asked.get("Servers") or []:
        if peer["Node"] == node.name or peer["Address"] == address:
            yield _Trace("a raft peer", f"{raft}/peer?id={peer['ID']}", ("-X", "DELETE"))
    forced = f"/v1/agent/force-leave/{node.name}?prune"
    for member in consul_api.json(view, other, "/v1/agent/members", expected="the members"):
        if member["Name"] == node.name:
            yield _Trace("a member", forced, ("-X", "PUT"))
    body = json.dumps({"Node": node.name})
    for listed in consul_api.json(view, other, "/v1/catalog/nodes", expected="the catalog"):
        if listed["Node"] == node.name:
            remove = ("-X", "PUT", "--data", body)
            yield _Trace("a node of the catalog", "/v1/catalog/deregister", remove)


def _leave_itself(work: Operation, node: Node) -> None:
    view = work.view
    consul_api.run(view, node, "/v1/agent/leave", "-X", "PUT")  # refused where none runs
    deadline = time.monotonic() + STOPPED
    while _runs(view, node) and time.monotonic() < deadline:
        time.sleep(0.5)


def _runs(view: ClusterView, node: Node) -> bool:
    return view.run(node, "systemctl", "is-active", "--quiet", "consul").rc == 0


def _speaker(view: ClusterView, *, but: Node) -> Node | None:
    """Another server that follows a leader; None if there is none."""
    for server in view.servers:
        if server.name == but.name:
            continue
        try:
            if consul_api.json(view, server, "/v1/status/leader", expected="a leader"):
                return server
        except NoAnswer:
            continue
    return None
