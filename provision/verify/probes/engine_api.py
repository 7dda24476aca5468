"""A node's own Docker Engine, asked over its unix socket from the node itself.

API: https://docs.docker.com/reference/api/engine/
"""

from __future__ import annotations

from typing import Any

from provision.verify.probes.base import ClusterView, Node

SOCKET = ("--unix-socket", "/var/run/docker.sock")
API = "http://localhost"

ENGINE_TIMEOUT = 30
"""Seconds for an answer. A manager whose swarm has just lost its leader waits 20 s for another one,
even before it answers a mere /info (measured with Docker 20.10)."""

REFUSAL_TIMEOUT = 30
"""Seconds in which an Engine refuses what waits for a leader otherwise: a key to unlock it, a swarm
of its own. One that does it answers when there is a leader, which took 40 s once; a command on a
node ends after 60."""

LABEL = "provision.probe"
"""Marks what probes make in a swarm."""


def engine(view: ClusterView, node: Node, path: str, expected: str) -> Any:
    """What a node's Engine answers. Raises NoAnswer."""
    return view.json(node, API + path, *SOCKET, expected=expected, timeout=ENGINE_TIMEOUT)
