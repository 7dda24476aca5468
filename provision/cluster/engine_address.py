"""Where a machine's Docker Engine listens for clients elsewhere."""

from __future__ import annotations

import ipaddress

from provision.machines.driver import Endpoint

ENGINE_PORT = 2376
"""Docker's port for TLS: https://docs.docker.com/engine/security/protect-access/"""


def engine_address(endpoint: Endpoint) -> str:
    """The machine's address as seen from here.

    An SSH endpoint on the loopback is a forwarded port: the machine itself is at the address that
    other nodes use.
    """
    try:
        forwarded = ipaddress.ip_address(endpoint.address).is_loopback
    except ValueError:
        forwarded = endpoint.address == "localhost"
    return endpoint.cluster_address if forwarded else endpoint.address


def engine_url(endpoint: Endpoint) -> str:
    """As DOCKER_HOST has it."""
    return f"tcp://{engine_address(endpoint)}:{ENGINE_PORT}"
