"""`provision swarm backup`: the swarm's state in a file.

https://docs.docker.com/engine/swarm/admin_guide/#back-up-the-swarm
"""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from provision.cluster.operation import SETTLE
from provision.cluster.swarm import archive, state_copy
from provision.cluster.swarm.archive import About
from provision.cluster.swarm.identity import MANAGER
from provision.cluster.swarm.members import Member, members
from provision.cluster.swarm.operation import SwarmOperation
from provision.cluster.swarm.unlocking import unlock
from provision.cluster.whole_file import replacing
from provision.errors import MachineError, UsageError
from provision.verify.probes.base import NoAnswer, Node
from provision.verify.probes.engine_api import engine
from provision.verify.probes.swarm import swarm_of

if TYPE_CHECKING:
    from provision.inventory.vault import Vault


def save(
    work: SwarmOperation,
    file: Path,
    *,
    node: Node | None = None,
    vault: Vault | None = None,
    running: bool = False,
) -> About:
    """Take a backup from a manager, by stopping its Docker for a moment.

    Parameters:
        file: replaced once what will be in it was read through; readable by its owner only.
        node: the manager; None for one that does not lead.
        vault: to encrypt it, so that ``ansible-vault`` can decrypt it.
        running: leave Docker running, for a swarm without a quorum: nothing is written there.

    Raises:
        UsageError: the file cannot be written, or without this manager there is no quorum.
        MachineError: the copy fails or is not whole.
    """
    listed = _listed(work)
    chosen = node or _spare(work, listed)
    if not running:
        _require_quorum_without(chosen, listed)
    about = _about(work, chosen, listed, running)
    with replacing(file) as part:
        with part.open("w+b") as out:
            with tempfile.TemporaryFile(dir=file.parent) as raw:
                state_copy.fetch(work, chosen, raw, running=running)
                if not running:
                    _unlocked(work, chosen)
                raw.seek(0)
                archive.pack(raw, about, out)
            if vault is not None:
                out.seek(0)
                sealed = vault.encrypt(out.read()).encode()
                out.seek(0)
                out.truncate()
                out.write(sealed)
        return archive.describe(archive.content(part, vault))


def _unlocked(work: SwarmOperation, node: Node) -> None:
    """Wait until a restarted manager has its place again; unlock it if that is what it needs."""
    deadline = time.monotonic() + SETTLE
    while swarm_of(work.view, node).get("LocalNodeState") == "pending":
        if time.monotonic() > deadline:
            break  # what is missing is told by who needs it
        time.sleep(0.5)
    unlock(work)


def _listed(work: SwarmOperation) -> list[Member]:
    """The swarm's nodes; none where no manager can tell, for want of a quorum."""
    for manager in work.view.managers:
        try:
            return members(work.view, manager)
        except NoAnswer:
            continue
    return []


def _spare(work: SwarmOperation, listed: list[Member]) -> Node:
    """The manager that is missed least: one that follows, or the only one there is."""
    managers = {each.name: each for each in listed if each.reachability == "reachable"}
    known = [node for node in work.view.nodes if node.name in managers]
    if not known:
        raise MachineError(
            "no manager answers for the swarm",
            hint="`provision status` shows why; with the quorum lost for good, "
            "`provision recover swarm`",
        )
    return min(known, key=lambda node: managers[node.name].leader)


def _require_quorum_without(node: Node, listed: list[Member]) -> None:
    managers = [each for each in listed if each.manager]
    reachable = [each for each in managers if each.reachability == "reachable"]
    others = [each for each in reachable if each.name != node.name]
    if len(managers) > 1 and len(others) <= len(managers) // 2:
        lost = ", ".join(each.name for each in managers if each not in reachable)
        raise UsageError(
            f"without {node.name}, whose Docker has to stop for the backup, there is no quorum: "
            f"{lost} cannot be reached",
            hint="`provision bootstrap swarm` brings managers back",
        )


def _about(work: SwarmOperation, node: Node, listed: list[Member], running: bool) -> About:
    info = engine(work.view, node, "/info", "a Docker Engine that answers")
    who = state_copy.identity(work, node)
    if who is None or who.role != MANAGER:
        raise UsageError(
            f"{node.name} is no manager of a swarm", hint="only managers have the swarm's state"
        )
    return About(
        cluster=work.cluster.name,
        swarm=who.swarm,
        node=who.node,
        host=node.name,
        address=str(swarm_of(work.view, node).get("NodeAddr") or node.address),
        engine=str(info.get("ServerVersion")),
        taken=datetime.now(UTC).isoformat(timespec="seconds"),
        nodes=sorted(each.name for each in listed),
        running=running,
    )
