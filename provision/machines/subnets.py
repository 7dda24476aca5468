"""Subnets for clusters: free of collisions with what the host reaches, and their addresses."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from provision.errors import UsageError

FIRST_HOST = 10
"""Machine n has address FIRST_HOST + n; what lies below is for the gateway and for people."""

# Away from 10/8 (Swarm's overlay networks), from 172.17-29 (docker0 and Compose), and from
# 192.168.0-127 (homes, offices, VirtualBox).
_POOLS = ("172.30.0.0/16", "192.168.128.0/17")

Taken = Mapping[ipaddress.IPv4Network, str]
"""Network in use -> what uses it, in words."""


def parse(text: str) -> ipaddress.IPv4Network:
    """A subnet as the user wrote it.

    Raises:
        UsageError: not an IPv4 network in CIDR notation.
    """
    try:
        return ipaddress.IPv4Network(text)
    except ValueError as error:
        raise UsageError(
            f"subnet {text!r} is not an IPv4 network: {error}",
            hint="write it like 172.30.5.0/24",
        ) from error


def address(subnet: ipaddress.IPv4Network, index: int) -> str:
    """The address of the machine with that 1-based index.

    Raises:
        UsageError: the subnet is too small for it.
    """
    offset = FIRST_HOST + index
    if offset >= subnet.num_addresses - 1:
        room = max(0, subnet.num_addresses - 2 - FIRST_HOST)
        raise UsageError(
            f"subnet {subnet} is too small: it has addresses for {room} machines, "
            f"machine {index} would need .{offset}",
            hint="choose a larger one, such as a /24",
        )
    return str(subnet[offset])


def collision(subnet: ipaddress.IPv4Network, taken: Taken) -> str | None:
    """What a subnet overlaps with, in words; None if nothing."""
    for network, user in taken.items():
        if subnet.overlaps(network):
            return f"{network} ({user})"
    return None


def candidates(name: str) -> Iterator[ipaddress.IPv4Network]:
    """Every /24 that provision may pick, beginning at a place that depends on the name.

    So two clusters made at the same moment hardly ever try the same one, and a cluster made
    again has its old addresses.
    """
    every = [net for pool in _POOLS for net in ipaddress.IPv4Network(pool).subnets(new_prefix=24)]
    start = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % len(every)
    yield from every[start:]
    yield from every[:start]


def host_routes() -> dict[ipaddress.IPv4Network, str]:
    """What the host has routes to, without the default route."""
    try:
        listed = subprocess.run(
            ["ip", "-4", "-j", "route"], capture_output=True, check=True, text=True, timeout=5
        ).stdout
        return routes_from_ip(listed)
    except (OSError, subprocess.SubprocessError, ValueError):
        try:
            return routes_from_proc(Path("/proc/net/route").read_text().splitlines())
        except OSError:
            return {}


def routes_from_ip(text: str) -> dict[ipaddress.IPv4Network, str]:
    """Parses ``ip -j route``."""
    routes = {}
    for route in json.loads(text or "[]"):
        destination = route.get("dst", "default")
        if destination != "default":
            network = ipaddress.IPv4Network(destination, strict=False)
            routes[network] = f"route of this host on {route.get('dev', '?')}"
    return routes


def routes_from_proc(lines: Iterable[str]) -> dict[ipaddress.IPv4Network, str]:
    """Parses ``/proc/net/route``, whose addresses are little-endian hexadecimal."""
    routes = {}
    for line in list(lines)[1:]:
        device, destination, _, _, _, _, _, mask, *_ = line.split()
        if int(mask, 16):
            network = ipaddress.IPv4Network(
                (_little_endian(destination), _little_endian(mask)), strict=False
            )
            routes[network] = f"route of this host on {device}"
    return routes


def _little_endian(word: str) -> str:
    return str(ipaddress.IPv4Address(int.from_bytes(bytes.fromhex(word), "little")))
