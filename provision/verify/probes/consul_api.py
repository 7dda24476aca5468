"""A node's own Consul agent, asked over its loopback from the node itself.

API: https://developer.hashicorp.com/consul/api-docs
"""

from __future__ import annotations

from typing import Any

from provision.verify.probes.base import Answer, ClusterView, Node

API = "http://127.0.0.1:8500"


def as_curl_reads(token: str) -> str:
    """A token as configuration for curl's standard input; "" for nobody in particular."""
    return f'header = "X-Consul-Token: {token}"\n' if token else ""


def management(view: ClusterView) -> str:
    """The cluster's own token for curl; "" where Consul asks for none."""
    return as_curl_reads(view.consul.management) if view.consul else ""


def http(
    view: ClusterView,
    node: Node,
    path: str,
    *curl: str,
    expected: str,
    fail_on_error: bool = True,
    stdin: str | None = None,
) -> str:
    """What a node's agent answers, as text. Raises NoAnswer.

    Parameters:
        path: below the API's root, with ``/v1``.
        stdin: who asks, see ``as_curl_reads``; None for who may do everything.
    """
    return view.http(
        node,
        API + path,
        *curl,
        expected=expected,
        fail_on_error=fail_on_error,
        stdin=management(view) if stdin is None else stdin,
    )


def json(
    view: ClusterView, node: Node, path: str, *curl: str, expected: str, stdin: str | None = None
) -> Any:
    """As ``http``, decoded. Raises NoAnswer."""
    who = management(view) if stdin is None else stdin
    return view.json(node, API + path, *curl, expected=expected, stdin=who)


def run(view: ClusterView, node: Node, path: str, *curl: str) -> Answer:
    """As ``http``, whatever comes of it."""
    stdin = management(view)
    words = ("--config", "-") if stdin else ()
    return view.run(node, "curl", "-sS", "--max-time", "10", *words, *curl, API + path, stdin=stdin)
