"""Taking a test's swarm apart again."""

from __future__ import annotations

import time
from collections.abc import Callable


def disband(call, nodes) -> None:
    """Every node out of its swarm."""
    first, *others = nodes
    for node in others:
        # Demoted first: a manager that lost its quorum takes long to leave.
        call(first, "docker_node", hostname=node.name, role="worker")
        call(node, "docker_swarm", state="absent", force=True)
    left = call(first, "docker_swarm", state="absent", force=True)
    assert "failed" not in left, left


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether it comes true: what one manager writes, another knows after a moment."""
    for _ in range(60):
        if condition():
            return True
        time.sleep(0.5)
    return False
