"""`provision swarm restore`: a swarm made of a backup, on nodes that are in none.

https://docs.docker.com/engine/swarm/admin_guide/#restore-from-a-backup
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from provision.cluster.swarm import archive, state_copy
from provision.cluster.swarm.archive import About
from provision.cluster.swarm.force import force_new_cluster, forget, lives
from provision.cluster.swarm.members import Member
from provision.cluster.swarm.operation import SwarmOperation
from provision.cluster.swarm.readdress import readdress
from provision.errors import MachineError, UsageError
from provision.verify.probes.base import NoAnswer, Node
from provision.verify.probes.engine_api import engine
from provision.verify.probes.swarm import swarm_of


@dataclass(frozen=True, slots=True)
class Restoration:
    """What is about to happen.

    Parameters:
        about: what the backup is of.
        node: who has it first, and lets the others join.
        engine: its Docker's version.
        begun: a run before this one has put the state in place.
    """

    about: About
    node: Node
    engine: str
    begun: bool

    def lines(self) -> list[str]:
        """For whoever has to decide."""
        told = [*self.about.lines(), f"restored on  {self.node.name}, Docker {self.engine}"]
        if self.engine != self.about.engine:
            told.append(f"note         the backup is of Docker {self.about.engine}")
        return told


def prepare(work: SwarmOperation, content: bytes, node: Node | None = None) -> Restoration:
    """Look whether a backup can be restored here. Changes nothing.

    Parameters:
        node: who is to have it first; None for the manager with the address of the backup's, else
            the first one.

    Raises:
        UsageError: a node is in a swarm that this would disturb, or the backup is locked.
        MachineError: the backup is not whole, or a node does not answer.
    """
    about = archive.describe(content)
    if about.locked:
        raise UsageError(
            "the backup is of a swarm that locks its managers: Docker cannot make a swarm of one "
            "manager of such a state",
            hint="https://github.com/moby/moby/issues/36852; take backups with autolock off",
        )
    managers = work.view.managers
    same = [each for each in managers if each.address == about.address]
    chosen = node or (same or managers)[0]
    if chosen.swarm != "manager":
        names = ", ".join(each.name for each in managers)
        raise UsageError(
            f"{chosen.name} is a worker in this cluster's inventory", hint=f"a manager: {names}"
        )
    begun = _begun(work, content, about, chosen)
    _refuse_members(work, about, chosen, begun=begun)
    version = str(engine(work.view, chosen, "/info", "a Docker Engine")["ServerVersion"])
    return Restoration(about, chosen, version, begun)


def restore(work: SwarmOperation, content: bytes, plan: Restoration) -> None:
    """Make the swarm of the backup live again, with all nodes of the cluster in it.

    Killed, it is gone on with by being called again.

    Raises:
        MachineError: it does not live; or a node does not join.
    """
    node, about = plan.node, plan.about
    if not plan.begun:
        work.cluster.store.write_file(_marker(work), _digest(content))
        state_copy.place(work, node, content)
        work.say(f"{node.name}: the state is in place")
    if not lives(work, node):
        force_new_cluster(work, node)
    swarm = swarm_of(work.view, node)
    found = (str((swarm.get("Cluster") or {}).get("ID")), str(swarm.get("NodeID")))
    if found != (about.swarm, about.node):
        raise MachineError(
            f"it is node {found[1]} of swarm {found[0]} now, not {about.node} of {about.swarm}",
            host=node.name,
        )
    work.say(f"{node.name}: leads swarm {about.swarm}")
    present = _present(work, about.swarm)

    def gone(each: Member) -> bool:
        return each.id != about.node and each.id not in present

    if names := forget(work, node, gone):
        work.say(f"no longer in its list: {', '.join(names)}")
    readdress(work, node)
    work.play("swarm")
    work.settle()
    work.say(f"all {len(work.view.nodes)} nodes are in swarm {about.swarm}")
    _marker(work).unlink(missing_ok=True)


def _marker(work: SwarmOperation) -> Path:
    """A file that says which backup is being restored: an interrupted run is gone on with."""
    return work.cluster.store.directory / "restoring"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _begun(work: SwarmOperation, content: bytes, about: About, chosen: Node) -> bool:
    try:
        if _marker(work).read_text(encoding="ascii").strip() != _digest(content):
            return False
    except FileNotFoundError:
        return False
    who = state_copy.identity(work, chosen)
    return who is not None and (who.swarm, who.node) == (about.swarm, about.node)


def _refuse_members(work: SwarmOperation, about: About, chosen: Node, *, begun: bool) -> None:
    """Refuse whoever is in a swarm; a worker of the backup's may stay, and finds it again."""
    refused: list[str] = []
    for node in work.view.nodes:
        try:
            state = str(swarm_of(work.view, node).get("LocalNodeState") or "inactive")
        except NoAnswer as silence:
            raise MachineError(
                f"{node.name} does not answer: {silence.finding.found}",
                hint="whether it is in a swarm has to be known; `provision status`",
            ) from silence
        if state == "inactive" or (begun and node.name == chosen.name):
            continue
        who = state_copy.identity(work, node)
        stays = who is not None and who.swarm == about.swarm and node.name != chosen.name
        if who is None:
            refused.append(f"{node.name} ({state})")
        elif not (stays and (begun or who.role == "swarm-worker")):
            role = who.role.removeprefix("swarm-")
            refused.append(f"{node.name} ({state}, a {role} of swarm {who.swarm})")
    if refused:
        raise UsageError(
            f"these nodes are in a swarm: {', '.join(refused)}. Nothing was changed",
            hint="a backup is restored into a new cluster (`provision --cluster NAME up`), or "
            "after `docker swarm leave --force` on each of them; with managers that are left, "
            "`provision recover swarm` loses less",
        )


def _present(work: SwarmOperation, swarm: str) -> set[str]:
    """The identities of the cluster's nodes that are in the swarm now."""
    found = set()
    for node in work.view.nodes:
        with suppress(NoAnswer):
            who = state_copy.identity(work, node)
            active = swarm_of(work.view, node).get("LocalNodeState") != "inactive"
            if who is not None and active and who.swarm == swarm:
                found.add(who.node)
    return found
