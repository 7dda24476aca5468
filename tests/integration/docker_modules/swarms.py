"""Taking a test's swarm apart again."""

from __future__ import annotations


def disband(call, nodes) -> None:
    """Every node out of its swarm."""
    first, *others = nodes
    for node in others:
        # Demoted first: a manager that lost its quorum takes long to leave.
        call(first, "docker_node", hostname=node.name, role="worker")
        call(node, "docker_swarm", state="absent", force=True)
    left = call(first, "docker_swarm", state="absent", force=True)
    assert "failed" not in left, left
