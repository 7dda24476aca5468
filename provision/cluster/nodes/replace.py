"""A node is destroyed and made again: same name, same role, same labels."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

from provision.cluster.bootstrap import bootstrap
from provision.cluster.nodes.removal import forget, take_out
from provision.cluster.operation import Operation
from provision.cluster.releases import with_release
from provision.cluster.swarm.availability import MOVE
from provision.cluster.up import up
from provision.engine.events import Subscriber
from provision.errors import UsageError
from provision.machines.driver import Progress


def replace(
    workspace: Path,
    name: str,
    node: str,
    *,
    say: Progress,
    approve: Callable[[Sequence[str]], None],
    subscribers: Sequence[Subscriber] = (),
    force: bool = False,
    wait: float = MOVE,
    release: str | None = None,
) -> int:
    """Take a node out as ``remove`` does, make its machine anew, and let it join again.

    Killed on the way, ``up`` and ``bootstrap`` complete it, and so does the same again.

    Parameters:
        node: its name or number.
        approve: called with what will be lost, before anything is; raises what keeps it from being.
        force: also if the node does not answer.
        wait: seconds for its tasks to run elsewhere.
        release: the Debian release that it is to be made of; None for the one that it has.

    Returns the exit code of the play that failed, else 0.

    Raises:
        UsageError: a quorum would break, or it does not answer; its machine is not provision's.
        MachineError: a step does not come true.
    """
    with Operation.on(
        workspace, name, say=lambda line: say("", line), subscribers=subscribers, complete=False
    ) as work:
        cluster, chosen = work.cluster, work.cluster.node(node)
        if chosen.name in {each.name for each in cluster.shape.named if each.driver == "static"}:
            raise UsageError(
                f"{chosen.name} is a server that provision did not make, so it makes no other",
                hint=f"`provision node remove {chosen.name}`, then `provision up --servers ...`",
            )
        shape = cluster.shape
        if release is not None:
            shape = with_release(shape, cluster.name, chosen.name, release)
        approve([f"{chosen.name}: its machine with all its volumes"])
        parts = take_out(work, chosen, force=force, force_cost=True, wait=wait).parts
        cluster.driver.destroy(cluster.spec, chosen.name)
        forget(cluster, chosen.name)
        cluster.endpoints.pop(chosen.name, None)
        cluster.shape = dataclasses.replace(cluster.shape, releases=shape.releases)
        cluster.save()
        say(chosen.name, "destroyed; making it anew")
    made = up(workspace, name, {}, driver=None, say=say, subscribers=subscribers)
    if made.exit_code or not parts:
        return made.exit_code
    done = bootstrap(workspace, name, parts, subscribers=subscribers)
    if not done.exit_code:
        say(chosen.name, "replaced")
    return done.exit_code
