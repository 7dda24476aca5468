"""Another version of Consul, node by node: followers first, the leader last, then clients."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from provision.cluster.consul import backup
from provision.cluster.consul.operation import SETTLE, Operation
from provision.errors import MachineError, UsageError
from provision.verify.probes import consul, consul_api
from provision.verify.probes.base import ClusterView, NoAnswer, Node


def upgrade(work: Operation, variables: Mapping[str, object]) -> dict[str, str]:
    """Install and restart Consul on one node after the other; the versions by node, afterwards.

    A snapshot is kept in the cluster's directory before anything is changed. Nodes that run what
    is asked for already are passed over, so an interrupted run goes on with the next.

    Parameters:
        variables: of role consul: consul_source, consul_version and so on.

    Raises:
        UsageError: the version is older than one that runs.
        MachineError: Consul is not well, before or after one of the nodes.
    """
    wanted = str(variables.get("consul_version") or "")
    work.require(consul.probes(work.cluster.consul))
    before = versions(work.view)
    _refuse_older(wanted, before)
    todo = [node for node in _order(work.view) if not wanted or before[node.name] != wanted]
    if not todo:
        work.say(f"every node runs {wanted}")
        return before
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    kept = work.cluster.store.directory / "backups" / f"consul-{moment}.snap"
    backup.save(work.cluster, kept)
    work.say(f"snapshot in {kept}")
    for node in todo:
        work.play("consul_upgrade", variables, limit=[node.name])
        _wait_until_caught_up(work.view, node)
        now = _version(work.view, node)
        work.say(f"{node.name}: {before[node.name]} -> {now}")
        if wanted and now != wanted:
            raise MachineError(
                f"Consul {now} runs there, not {wanted}", hint="is another consul in the PATH?"
            )
    work.settle()
    return versions(work.view)


def versions(view: ClusterView) -> dict[str, str]:
    """Which Consul runs on each node. Raises NoAnswer."""
    return {node.name: _version(view, node) for node in view.nodes}


def _version(view: ClusterView, node: Node) -> str:
    told = consul_api.json(view, node, "/v1/agent/self", expected="its version")
    return str(told["Config"]["Version"])


def _order(view: ClusterView) -> list[Node]:
    address = consul_api.json(view, view.servers[0], "/v1/status/leader", expected="a leader")
    leader = [server for server in view.servers if f"{server.address}:8300" == address]
    followers = [server for server in view.servers if server not in leader]
    return [*followers, *leader, *(node for node in view.nodes if node.consul == "client")]


def _wait_until_caught_up(view: ClusterView, node: Node) -> None:
    """Wait until an agent knows its cluster's tokens. A server has to be a healthy voter again, and
    have all that the others had when they were asked.
    """
    asked = next((server for server in view.servers if server != node), node)
    goal = max(_indexes(view, asked).values(), default=0)
    deadline = time.monotonic() + SETTLE
    while (
        (stranger := _stranger(view, node))
        or consul.autopilot.findings(view)
        or (node.consul == "server" and _indexes(view, asked).get(node.name, 0) < goal)
    ):
        if time.monotonic() > deadline:
            raise MachineError(
                stranger or f"it has not caught up with the others within {SETTLE:g} s",
                host=node.name,
                hint="the other nodes still run the old version; journalctl -u consul there",
            )
        time.sleep(0.5)


def _stranger(view: ClusterView, node: Node) -> str:
    """Why an agent does not tell its version; "" if it does.

    One that has just been restarted answers 403 until it has read its log so far, or asked a
    server about the token.
    """
    try:
        _version(view, node)
    except NoAnswer as silence:
        return f"it does not tell its version: {silence.finding.found}"
    return ""


def _indexes(view: ClusterView, asked: Node) -> dict[str, int]:
    """How far each server's log goes, as autopilot knows it."""
    path, expected = "/v1/operator/autopilot/health", "autopilot to report health"
    text = consul_api.http(view, asked, path, expected=expected, fail_on_error=False)
    found = re.findall(r'"Name":\s*"([^"]+)".*?"LastIndex":\s*(\d+)', text, re.DOTALL)
    return {name: int(index) for name, index in found}


def _refuse_older(wanted: str, running: Mapping[str, str]) -> None:
    newest = max(running.values(), key=_number)
    if wanted and _number(wanted) < _number(newest):
        raise UsageError(
            f"Consul {wanted} is older than {newest}, which runs: it may not read what that wrote",
            hint="put an earlier state back with `provision consul restore` into a new cluster",
        )


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
