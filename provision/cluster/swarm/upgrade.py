"""`provision swarm upgrade`: the newest Docker Engine of each node's packages, node by node.

A node is drained, upgraded, proven to be back, and active again before the next has its turn.
Workers come first, then managers, the leader last, so that there is one election.

While a node is under way it bears a label in the swarm. So whoever runs the command again, from
anywhere, goes on with that node, and a node that somebody else has drained is not mistaken for it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from provision.cluster.operation import SETTLE
from provision.cluster.swarm import backup, packages
from provision.cluster.swarm.availability import drain
from provision.cluster.swarm.members import Member, members, speaker
from provision.cluster.swarm.operation import SwarmOperation
from provision.cluster.swarm.packages import Change
from provision.cluster.swarm.unlocking import unlock
from provision.errors import MachineError, ProvisionError, UsageError
from provision.verify.probes import swarm
from provision.verify.probes.base import NoAnswer, Node

UNDER_WAY = "provision.upgrade"
"""The label of a node whose upgrade was begun and not ended."""


@dataclass(frozen=True, slots=True)
class Step:
    """One node's turn.

    Parameters:
        role: ``worker``, ``manager`` or ``leader``.
        engine: the version that runs.
        changes: packages that would be others.
        begun: a run before this one began with it.
    """

    node: Node
    role: str
    engine: str
    changes: Sequence[Change]
    begun: bool

    @property
    def needed(self) -> bool:
        return self.begun or bool(self.changes)


def plan(work: SwarmOperation) -> list[Step]:
    """Every node's turn, in order: what was begun, workers, managers, the leader.

    Raises:
        NoAnswer: no manager speaks for the swarm.
        UsageError: a declared node is not in the swarm.
        MachineError: a node's packages cannot be told.
    """
    listed = {each.name: each for each in members(work.view, speaker(work.view))}
    if absent := [node.name for node in work.view.nodes if node.name not in listed]:
        raise UsageError(
            f"not in the swarm: {', '.join(absent)}", hint="`provision bootstrap swarm` joins them"
        )

    def step(node: Node) -> Step:
        seen = listed[node.name]
        role = "leader" if seen.leader else "manager" if seen.manager else "worker"
        changes = packages.changes(work, node)
        return Step(node, role, seen.engine, changes, UNDER_WAY in seen.labels)

    with ThreadPoolExecutor(min(len(listed), 16)) as pool:
        steps = list(pool.map(step, work.view.nodes))
    order = ("worker", "manager", "leader")
    return sorted(steps, key=lambda step: (not step.begun, order.index(step.role)))


def upgrade(
    work: SwarmOperation,
    steps: Sequence[Step],
    *,
    keep_backup: bool = True,
    force: bool = False,
) -> dict[str, str]:
    """Upgrade the nodes that need it; the versions by node, afterwards.

    Parameters:
        keep_backup: save the swarm's state in the cluster's directory before the first manager
            is upgraded, from that manager.
        force: go on with a node whose tasks do not run elsewhere; they stop meanwhile.

    Raises:
        MachineError: the swarm is not well, or a node failed; those after it were not touched.
    """
    todo = [step for step in steps if step.needed]
    if not todo:
        work.say("every node has the newest Engine of its packages")
    elif not todo[0].begun:
        work.require(work.probes())
    for turn, step in enumerate(todo):
        with _explaining(step, todo[turn + 1 :]):
            manages = step.role != "worker"
            _one(work, step, keep_backup=keep_backup and manages, force=force)
            keep_backup = keep_backup and not manages
    return {each.name: each.engine for each in members(work.view, speaker(work.view))}


def _one(work: SwarmOperation, step: Step, *, keep_backup: bool, force: bool) -> None:
    node = step.node
    before = _seen(work, node)
    manager = _another(work, node)
    _require_quorum_without(work, node, manager)
    work.say(f"{node.name}: {packages.shown(step.changes)}")
    _change(work, manager, before, {"labels": {UNDER_WAY: "true"}})
    if not _has_refuge(work, manager, before):
        work.say(f"{node.name}: no other node can run its tasks; they stop meanwhile")
    else:
        try:
            drain(work, node, manager, before.id)
        except MachineError as error:
            if not force:
                raise
            work.say(f"{node.name}: {error.message}; going on all the same")
    if keep_backup:
        _keep_backup(work, node)
    work.play("docker_upgrade", limit=[node.name])
    _wait_until_back(work, node, before)
    after = _seen(work, node)
    back: dict[str, object] = {"availability": node.availability, "labels_to_remove": [UNDER_WAY]}
    _change(work, speaker(work.view), after, back)
    work.settle()
    work.say(f"{node.name}: {before.engine} -> {after.engine}, {node.availability}")


def _another(work: SwarmOperation, node: Node) -> Node:
    """A manager that stays up meanwhile; the node itself where it is the only one."""
    others = [each for each in work.view.managers if each.name != node.name]
    return speaker(work.view, but=node) if others else node


def _seen(work: SwarmOperation, node: Node) -> Member:
    found = [each for each in members(work.view, speaker(work.view)) if each.name == node.name]
    if len(found) != 1:
        raise MachineError(f"the swarm lists it {len(found)} times", host=node.name)
    return found[0]


def _change(work: SwarmOperation, manager: Node, seen: Member, args: Mapping[str, object]) -> None:
    work.module(manager, "docker_node", {"hostname": seen.id, **args})


def _has_refuge(work: SwarmOperation, manager: Node, seen: Member) -> bool:
    return any(
        each.id != seen.id and each.state == "ready" and each.availability == "active"
        for each in members(work.view, manager)
    )


def _require_quorum_without(work: SwarmOperation, node: Node, manager: Node) -> None:
    managers = [each for each in members(work.view, manager) if each.manager]
    others = [e for e in managers if e.name != node.name and e.reachability == "reachable"]
    concerned = any(each.name == node.name for each in managers)
    if concerned and len(managers) > 1 and len(others) <= len(managers) // 2:
        raise MachineError(
            f"without it {len(others)} of {len(managers)} managers can be reached: there would be "
            "no quorum while its Engine restarts",
            host=node.name,
        )


def _keep_backup(work: SwarmOperation, node: Node) -> None:
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    kept = work.cluster.store.directory / "backups" / f"swarm-{moment}.tar.gz"
    backup.save(work, kept, node=node)
    work.say(f"{node.name}: the swarm's state is kept in {kept}")
    _settle_managers(work, node)


def _wait_until_back(work: SwarmOperation, node: Node, before: Member) -> None:
    """The node ready and, if it was a manager, reachable as one; the swarm writable."""
    deadline = time.monotonic() + SETTLE
    while problem := _missing(work, node, before):
        unlock(work)
        if time.monotonic() > deadline:
            raise MachineError(
                f"its Engine was upgraded, but after {SETTLE:g} s {problem}",
                host=node.name,
                hint="journalctl -u docker there",
            )
        time.sleep(0.5)
    _settle_managers(work, node)


def _missing(work: SwarmOperation, node: Node, before: Member) -> str:
    try:
        now = _seen(work, node)
    except NoAnswer as silence:
        return f"no manager speaks for the swarm: {silence.finding.found}"
    if now.id != before.id:
        return f"it is another node of the swarm: {now.id}, not {before.id}"
    if now.state != "ready":
        return f"the swarm calls it {now.state}"
    if before.manager and now.reachability != "reachable":
        return "the other managers do not reach it"
    return ""


def _settle_managers(work: SwarmOperation, node: Node) -> None:
    for probe in (swarm.identity, swarm.write):
        if found := probe.settle(work.view, SETTLE):
            raise MachineError("; ".join(map(str, found)), host=node.name)


@contextmanager
def _explaining(step: Step, after: Sequence[Step]) -> Iterator[None]:
    """Tell, with what went wrong, how things stand and how to go on."""
    name = step.node.name
    waiting = ", ".join(each.node.name for each in after)
    onward = f"`provision swarm upgrade` goes on with {name}, which may be drained"
    if waiting:
        onward += f"; not upgraded yet: {waiting}"
    try:
        yield
    except ProvisionError as error:
        error.message = f"the upgrade stopped at {name}: {error.message}"
        error.hint = "; ".join(filter(None, (error.hint, onward)))
        raise
    except NoAnswer as silence:
        message = f"the upgrade stopped at {name}: {silence}"
        raise MachineError(message, hint=onward) from silence
