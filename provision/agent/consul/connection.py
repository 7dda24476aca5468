"""The parameters by which every consul_* module finds its agent."""

from __future__ import annotations

from typing import Any, Mapping

from provision.agent.consul_api import DEFAULT_PORT, Consul
from provision.agent.spec import Param

COLLECTION = "community.general"

ADDRESS = (
    Param("host", "Where the agent's API listens, seen from the node.", default="localhost"),
    Param("port", "Its port.", type="int", default=DEFAULT_PORT),
    Param(
        "scheme", "https where the API is behind TLS.", default="http", choices=("http", "https")
    ),
    Param("validate_certs", "Verify the agent's certificate.", type="bool", default=True),
    Param("ca_path", "CA certificates, on the node.", type="path"),
)
CONNECTION = (*ADDRESS, Param("token", "An ACL token.", secret=True))


def connect(args: Mapping[str, Any]) -> Consul:
    """The agent that a task's parameters name."""
    return Consul(
        args["host"],
        args["port"],
        args["scheme"],
        args.get("token"),
        args["validate_certs"],
        args["ca_path"],
    )
