"""A swarm that lost its quorum for good, made one again from a manager that is left.

https://docs.docker.com/engine/swarm/admin_guide/#recover-from-losing-the-quorum
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from provision.cluster.swarm import backup, state_copy
from provision.cluster.swarm.archive import DIRECTORY
from provision.cluster.swarm.force import controls, force_new_cluster, forget, lives
from provision.cluster.swarm.identity import KEY, MANAGER, SEALED, Identity
from provision.cluster.swarm.members import Member, members
from provision.cluster.swarm.operation import SwarmOperation
from provision.errors import MachineError, UsageError
from provision.verify.probes.base import NoAnswer, Node
from provision.verify.probes.swarm import swarm_of

STEP_DOWN = 30.0
"""Seconds for a leader to notice that its majority is gone: raft looks every 10."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A manager's copy of the state.

    Parameters:
        written: when the log was last written, in seconds since 1970.
    """

    node: Node
    identity: Identity
    written: float


@dataclass(frozen=True, slots=True)
class Loss:
    """What recovering means, before anything is done.

    Parameters:
        kept: whose state the swarm goes on with.
        dropped: other managers that answer; their copies of the state go.
        lost: managers that are given up, with why.
    """

    kept: Copy
    dropped: Sequence[Copy]
    lost: Sequence[tuple[Node, str]]

    def lines(self) -> list[str]:
        """For whoever has to decide."""
        name = self.kept.node.name
        told = [f"left: {name}, whose log was written last {_moment(self.kept.written)}"]
        told += [
            f"given up: the copy of {copy.node.name}, last written {_moment(copy.written)}; "
            "it leaves the swarm, to join anew"
            for copy in self.dropped
        ]
        told += [f"given up: {node.name} ({why})" for node, why in self.lost]
        told.append(f"the swarm's containers on {name} are started anew")
        told.append(
            f"lost: every change that was acknowledged before it reached {name}; nobody can "
            "tell how many"
        )
        if self.lost:
            told.append(
                "a manager that is given up must not come back with its old state: two of them "
                "would be a second swarm of the same identity. Remove its machine, or have it "
                "leave with `provision recover manager NODE` before others come back"
            )
        return told


def assess(work: SwarmOperation, node: Node | None = None) -> Loss:
    """Look which managers are left. Changes nothing.

    Parameters:
        node: whose state to go on with; None for the one whose log was written last.

    Raises:
        UsageError: there is a quorum; or no manager is left, or one is locked.
        MachineError: the managers that are left are of different swarms.
    """
    if speaker := _speaker(work):
        raise UsageError(
            f"{speaker.name} speaks for a swarm that has a leader: there is a quorum",
            hint="`provision bootstrap swarm` brings back managers that are missing",
        )
    copies: list[Copy] = []
    lost: list[tuple[Node, str]] = []
    for manager in work.view.managers:
        found = _copy(work, manager)
        if isinstance(found, str):
            lost.append((manager, found))
        else:
            copies.append(found)
    if not copies:
        raise UsageError(
            f"no manager is left that has the swarm's state: {_named(lost)}",
            hint="`provision up`, then `provision swarm restore FILE`",
        )
    swarms = {copy.identity.swarm for copy in copies}
    if len(swarms) > 1:
        shown = ", ".join(f"{copy.node.name} of {copy.identity.swarm}" for copy in copies)
        raise MachineError(f"the managers that are left are of different swarms: {shown}")
    return _with_kept(copies, lost, node)


def recover(work: SwarmOperation, loss: Loss) -> Path:
    """Have one manager go on alone; where its state of before is kept.

    The others that answer leave the swarm, to be joined anew by `provision bootstrap swarm`.

    Raises:
        MachineError: it does not go on.
    """
    node = loss.kept.node
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    kept = work.cluster.store.directory / "backups" / f"swarm-{moment}.tar.gz"
    # Without a quorum nothing is written to the log but elections: its containers may go on.
    backup.save(work, kept, node=node, running=True)
    work.say(f"the state as it was is in {kept}")
    force_new_cluster(work, node)
    work.say(f"{node.name}: leads swarm {loss.kept.identity.swarm}")
    managers = {copy.identity.node for copy in loss.dropped}
    lost = {each.name for each, _ in loss.lost}

    def gone(member: Member) -> bool:
        given_up = member.role == "manager" or member.name in lost
        return member.id != loss.kept.identity.node and (given_up or member.id in managers)

    for copy in loss.dropped:
        leave(work, copy.node, loss.kept.identity.swarm)
    if names := forget(work, node, gone):
        work.say(f"no longer in its list: {', '.join(names)}")
    return kept


def leave(work: SwarmOperation, node: Node, swarm: str) -> None:
    """Have a manager give up its copy of a swarm's state.

    Parameters:
        swarm: the identity of the swarm that it may leave; of another one it does not.

    Raises:
        UsageError: it is in another swarm.
        MachineError: it does not leave.
    """
    who = state_copy.identity(work, node)
    if who is None:
        return
    if who.swarm != swarm:
        raise UsageError(f"{node.name} is in swarm {who.swarm}, not in {swarm}; it was left alone")
    args = {"state": "absent", "force": True, "cluster_id": swarm, "timeout": 120}
    work.module(node, "docker_swarm", args)
    work.say(f"{node.name}: has left the swarm")


def bring_back(work: SwarmOperation, node: Node) -> None:
    """Have a manager that was given up, and is there again, leave with its old state.

    Raises:
        UsageError: it is a member, or in no swarm or in another one; or no other manager speaks
            for a swarm that has a leader.
    """
    others = [each for each in work.view.managers if each.name != node.name]
    manager = next((each for each in others if lives(work, each)), None)
    if manager is None:
        raise UsageError(
            f"no manager but {node.name} speaks for a swarm that has a leader",
            hint="`provision status`; with the quorum lost for good, `provision recover swarm`",
        )
    swarm = str((swarm_of(work.view, manager).get("Cluster") or {}).get("ID"))
    who = state_copy.identity(work, node)
    if who is None:
        raise UsageError(
            f"{node.name} is in no swarm", hint="`provision bootstrap swarm` lets it join"
        )
    if any(each.id == who.node for each in members(work.view, manager)):
        raise UsageError(
            f"{node.name} is a member of the swarm that {manager.name} manages: it was not given "
            "up",
            hint=f"`provision node remove {node.name}` takes a member out",
        )
    leave(work, node, swarm)


def _speaker(work: SwarmOperation) -> Node | None:
    """A manager that speaks for a swarm with a leader, and not only because the loss is fresh."""
    deadline = time.monotonic() + STEP_DOWN
    managers = work.view.managers
    while speaker := next((manager for manager in managers if lives(work, manager)), None):
        in_office = sum(controls(work, manager) for manager in managers)
        if in_office > len(managers) // 2 or time.monotonic() > deadline:
            return speaker
        time.sleep(1)
    return None


def _with_kept(copies: Sequence[Copy], lost: Sequence[tuple[Node, str]], node: Node | None) -> Loss:
    kept = max(copies, key=lambda copy: copy.written)
    if node is not None:
        chosen = [copy for copy in copies if copy.node.name == node.name]
        if not chosen:
            left = ", ".join(copy.node.name for copy in copies)
            raise UsageError(f"{node.name} has no state to go on with", hint=f"there is: {left}")
        kept = chosen[0]
    return Loss(kept, [copy for copy in copies if copy is not kept], lost)


def _copy(work: SwarmOperation, manager: Node) -> Copy | str:
    """A manager's copy of the state, or why there is none."""
    if silent := work.view.answers(manager):
        return silent[0].found if not silent[0].unreachable else "cannot be reached"
    try:
        state = str(swarm_of(work.view, manager).get("LocalNodeState") or "inactive")
        root = shlex.quote(state_copy.data_root(work, manager))
        identity = state_copy.identity(work, manager)
    except NoAnswer:
        return "its Docker does not answer"
    key = f"{root}/{DIRECTORY}/{KEY}"
    if work.view.run(manager, "sh", "-c", f"grep -q '{SEALED}' {key}").rc == 0:
        # force-new-cluster would leave it in no swarm at all.
        raise UsageError(
            f"{manager.name} has autolock on: Docker cannot go on alone from a locked state",
            hint="https://github.com/moby/moby/issues/36852; `provision swarm restore` a backup "
            "that was taken with autolock off",
        )
    log = f"{root}/{DIRECTORY}/raft/wal-v3-encrypted"
    written = work.view.run(manager, "sh", "-c", f"stat -c %Y {log}/*.wal | sort -n | tail -1")
    if identity is None or identity.role != MANAGER or not written.stdout.strip():
        return "has no state" if state == "inactive" else "is no manager"
    return Copy(manager, identity, float(written.stdout))


def _named(lost: Sequence[tuple[Node, str]]) -> str:
    return "; ".join(f"{node.name} {why}" for node, why in lost)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(sep=" ", timespec="seconds")[:19] + " UTC"
