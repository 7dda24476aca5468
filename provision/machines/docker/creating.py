"""A new container of a node, whatever an earlier command has left with the engine."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from provision.errors import MachineError
from provision.machines.docker import volumes
from provision.machines.docker.engine import Engine
from provision.machines.docker.node import NodePlan, start_new, under_way

if TYPE_CHECKING:
    from docker.models.containers import Container

    from provision.machines.driver import Progress

APPEARS = 30.0
"""Seconds for the engine to end a creation that a killed command had asked for."""


def new_container(
    engine: Engine, plan: NodePlan, say: Progress, clear: Callable[[], object]
) -> Container:
    """Create and start a node's container, with empty volumes.

    Of a command that was killed the engine may have one under way, which nobody sees yet.

    Parameters:
        clear: removes a container of the node's name that was never started.

    Raises:
        MachineError: the engine refuses; or the name is another machine's.
    """
    deadline = time.monotonic() + APPEARS
    again = False
    while True:
        try:
            if again:
                clear()
            volumes.renew(engine, plan.cluster, plan.spec)
            return _started(engine, plan, say)
        except MachineError as error:
            if not under_way(error) or time.monotonic() > deadline:
                raise
        again = True
        time.sleep(0.2)


def _started(engine: Engine, plan: NodePlan, say: Progress) -> Container:
    """A new container; without its disk limit where only the engine knows that it cannot."""
    try:
        return start_new(engine, plan, say)
    except MachineError as error:
        if not plan.disk_limit or "storage-opt" not in error.message:
            raise
        say(plan.spec.name, f"the disk size is not enforced: {error}")
        return start_new(engine, dataclasses.replace(plan, disk_limit=False), say)
