"""Endpoints: how a container is joined to a network."""

from __future__ import annotations

from typing import Any, Dict, Mapping


def settings(entry: Mapping[str, Any]) -> Dict[str, Any]:
    """What the Engine takes for an entry of ``networks``."""
    addresses = {"IPv4Address": entry["ipv4_address"], "IPv6Address": entry["ipv6_address"]}
    ipam = {key: value for key, value in addresses.items() if value}
    out = {"Aliases": entry["aliases"] or [], "IPAMConfig": ipam or None}
    out.update(Links=entry["links"] or None, MacAddress=entry["mac_address"])
    return {key: value for key, value in out.items() if value is not None}


def as_asked(now: Mapping[str, Any], entry: Mapping[str, Any]) -> bool:
    """Whether an endpoint, as the Engine tells it, is what an entry asks for."""
    for key, param in (("Aliases", "aliases"), ("Links", "links")):
        if not set(entry[param] or ()) <= set(now.get(key) or ()):
            return False
    if entry["mac_address"] and entry["mac_address"].lower() != now.get("MacAddress", "").lower():
        return False
    fixed = now.get("IPAMConfig") or {}
    return (not entry["ipv4_address"] or fixed.get("IPv4Address") == entry["ipv4_address"]) and (
        not entry["ipv6_address"] or fixed.get("IPv6Address") == entry["ipv6_address"]
    )
