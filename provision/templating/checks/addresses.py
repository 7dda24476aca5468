"""The tests of ansible.utils: what an address or network is."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from typing import Any

from provision.errors import TemplateError

_MAC = r"[0-9a-f]{2}([:-])[0-9a-f]{2}(\1[0-9a-f]{2}){4}|[0-9a-f]{4}(\.[0-9a-f]{4}){2}|[0-9a-f]{12}"


def _address(value: Any) -> Any:
    try:
        return ipaddress.ip_address(str(value))
    except ValueError:
        return None


def _network(value: Any) -> Any:
    try:
        return ipaddress.ip_network(str(value))
    except ValueError:
        return None


def _wanted(value: Any) -> Any:
    found = _network(value)
    if found is None:
        raise TemplateError(f"'{value}' is no network")
    return found


def in_network(ip: Any, network: Any) -> bool:
    """Whether an address or network lies within a network."""
    inner, outer = _network(ip), _wanted(network)
    return inner is not None and inner.version == outer.version and inner.subnet_of(outer)


def in_any_network(ip: Any, networks: Iterable[Any]) -> bool:
    """Whether it lies within one of several networks."""
    return any(in_network(ip, each) for each in networks)


def in_one_network(ip: Any, networks: Iterable[Any]) -> bool:
    """Whether it lies within just one of several networks."""
    return sum(in_network(ip, each) for each in networks) == 1


def mac(value: Any) -> bool:
    """Whether it is a hardware address."""
    return bool(re.fullmatch(_MAC, str(value), re.IGNORECASE))


def supernet_of(network_a: Any, network_b: Any) -> bool:
    """Whether the first network contains the second."""
    return in_network(network_b, network_a)


def ipv4_netmask(mask: Any) -> bool:
    """Whether it is a netmask such as 255.255.255.0."""
    found = _address(mask)
    if found is None or found.version != 4:
        return False
    free = ~int(found) & 0xFFFFFFFF
    return free & (free + 1) == 0


def ipv4_hostmask(value: Any) -> bool:
    """Whether it is a hostmask such as 0.0.0.255."""
    found = _address(value)
    return found is not None and found.version == 4 and int(found) & (int(found) + 1) == 0


def resolvable(host: Any) -> bool:
    """Whether a name has an address."""
    import socket

    try:
        socket.getaddrinfo(str(host), None)
    except OSError:
        return False
    return True


def _is(kind: str) -> Callable[[Any], bool]:
    def test(ip: Any) -> bool:
        found = _address(ip)
        return found is not None and bool(getattr(found, f"is_{kind}"))

    return test


def _has(version: int | None, read: Callable[[Any], Any]) -> Callable[[Any], bool]:
    def test(value: Any) -> bool:
        found = read(value)
        return found is not None and version in (None, found.version)

    return test


def _sixth(attribute: str) -> Callable[[Any], bool]:
    return lambda ip: getattr(_address(ip), attribute, None) is not None


ADDRESSES: dict[str, Callable[..., bool]] = {
    "in_any_network": in_any_network,
    "in_network": in_network,
    "in_one_network": in_one_network,
    "ip": _has(None, _network),
    "ip_address": _has(None, _address),
    "ipv4": _has(4, _network),
    "ipv4_address": _has(4, _address),
    "ipv4_hostmask": ipv4_hostmask,
    "ipv4_netmask": ipv4_netmask,
    "ipv6": _has(6, _network),
    "ipv6_address": _has(6, _address),
    "ipv6_ipv4_mapped": _sixth("ipv4_mapped"),
    "ipv6_sixtofour": _sixth("sixtofour"),
    "ipv6_teredo": _sixth("teredo"),
    "mac": mac,
    "resolvable": resolvable,
    "subnet_of": in_network,
    "supernet_of": supernet_of,
    **{kind: _is(kind) for kind in ("loopback", "multicast", "private", "reserved", "unspecified")},
    "public": _is("global"),
}
