"""A node's own Docker Engine, asked over its unix socket from the node itself.

API: https://docs.docker.com/reference/api/engine/
"""

from __future__ import annotations

from typing import Any

from provision.verify.probes.base import ClusterView, Node

SOCKET = ("--unix-socket", "/var/run/docker.sock")
API = "http://localhost"

LABEL = "provision.probe"
"""Marks what probes make in a swarm."""


def engine(view: ClusterView, node: Node, path: str, expected: str) -> Any:
    """What a node's Engine answers. Raises NoAnswer."""
    return view.json(node, API + path, *SOCKET, expected=expected)
