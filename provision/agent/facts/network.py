"""Interfaces, addresses and default routes."""

from __future__ import annotations

import os
import socket
import struct
from typing import Any, Dict, List, Optional, Tuple

from provision.agent.facts import netlink, read

CLASS = "/sys/class/net"
IFF_PROMISC = 0x100


def collect() -> Dict[str, Any]:
    interfaces = {name: _interface(name) for name in _names()}
    for address in netlink.addresses():
        if address.interface in interfaces:
            _add_address(interfaces[address.interface], address)
    found: Dict[str, Any] = {
        "interfaces": list(interfaces),
        "all_ipv4_addresses": _all(interfaces, "ipv4"),
        "all_ipv6_addresses": _all(interfaces, "ipv6"),
        "default_ipv4": _default(interfaces, _gateway4(), "ipv4"),
        "default_ipv6": _default(interfaces, _gateway6(), "ipv6"),
        "locally_reachable_ips": netlink.local_networks(),
    }
    for name, facts in interfaces.items():
        # A variable's name has no dashes or dots; Ansible replaces them too.
        found[name.replace("-", "_").replace(".", "_").replace(":", "_")] = facts
    return found


def _names() -> List[str]:
    try:
        return sorted(os.listdir(CLASS))
    except OSError:
        return []


def _interface(name: str) -> Dict[str, Any]:
    path = os.path.join(CLASS, name)
    facts: Dict[str, Any] = {
        "device": name,
        "active": read.text(path + "/operstate") in ("up", "unknown"),
        "type": _kind(path),
        "mtu": int(read.text(path + "/mtu", "0")),
    }
    facts["promisc"] = bool(int(read.text(path + "/flags", "0"), 16) & IFF_PROMISC)
    mac = read.text(path + "/address")
    if mac and mac != "00:00:00:00:00:00":
        facts["macaddress"] = mac
    speed = read.text(path + "/speed")
    if speed.isdigit():
        facts["speed"] = int(speed)
    if facts["type"] == "bridge":
        facts["interfaces"] = sorted(os.listdir(path + "/brif"))
    return facts


def _kind(path: str) -> str:
    if read.text(path + "/type") == "772":
        return "loopback"
    if os.path.isdir(path + "/bridge"):
        return "bridge"
    if os.path.isdir(path + "/bonding"):
        return "bonding"
    return "ether" if read.text(path + "/type") == "1" else "unknown"


def _add_address(facts: Dict[str, Any], address: netlink.Address) -> None:
    if address.version == 6:
        facts.setdefault("ipv6", []).append(
            {"address": address.text, "prefix": str(address.prefix), "scope": address.scope}
        )
        return
    mask = 0xFFFFFFFF << (32 - address.prefix) & 0xFFFFFFFF
    number = struct.unpack("!I", socket.inet_aton(address.text))[0]
    entry = {
        "address": address.text,
        "broadcast": address.broadcast,
        "netmask": _dotted(mask),
        "network": _dotted(number & mask),
        "prefix": str(address.prefix),
    }
    if "ipv4" in facts:
        facts.setdefault("ipv4_secondaries", []).append(entry)
    else:
        facts["ipv4"] = entry


def _dotted(number: int) -> str:
    return socket.inet_ntoa(struct.pack("!I", number))


def _all(interfaces: Dict[str, Any], version: str) -> List[str]:
    found = []
    for facts in interfaces.values():
        if facts["type"] == "loopback":
            continue
        value = facts.get(version, [])
        entries = value if isinstance(value, list) else [value]
        if version == "ipv4":
            entries = entries + facts.get("ipv4_secondaries", [])
        found += [entry["address"] for entry in entries]
    return found


def _default(
    interfaces: Dict[str, Any], route: Optional[Tuple[str, str]], version: str
) -> Dict[str, Any]:
    if route is None or route[0] not in interfaces:
        return {}
    name, gateway = route
    facts = interfaces[name]
    value = facts.get(version)
    if version == "ipv6":
        value = next((entry for entry in value or () if entry["scope"] == "global"), None)
    if value is None:
        return {}
    return dict(
        value,
        gateway=gateway,
        interface=name,
        alias=name,
        mtu=facts["mtu"],
        type=facts["type"],
        macaddress=facts.get("macaddress", ""),
    )


def _gateway4() -> Optional[Tuple[str, str]]:
    """Interface and gateway of the default route with the lowest metric."""
    best: Optional[Tuple[int, str, str]] = None
    for line in list(read.lines("/proc/net/route"))[1:]:
        part = line.split()
        if part[1] == "00000000" and part[7] == "00000000" and int(part[3], 16) & 1:
            gateway = socket.inet_ntoa(struct.pack("=I", int(part[2], 16)))
            candidate = (int(part[6]), part[0], gateway)
            best = candidate if best is None else min(best, candidate)
    return best and (best[1], best[2])


def _gateway6() -> Optional[Tuple[str, str]]:
    best: Optional[Tuple[int, str, str]] = None
    for line in read.lines("/proc/net/ipv6_route"):
        part = line.split()
        reachable = part[9] != "lo" and int(part[4], 16) != 0
        if part[0] == "0" * 32 and part[1] == "00" and reachable:
            gateway = socket.inet_ntop(socket.AF_INET6, bytes.fromhex(part[4]))
            candidate = (int(part[5], 16), part[9], gateway)
            best = candidate if best is None else min(best, candidate)
    return best and (best[1], best[2])


def resolver() -> Dict[str, Any]:
    """``dns``: what /etc/resolv.conf says."""
    found: Dict[str, Any] = {}
    for line in read.lines("/etc/resolv.conf"):
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            found.setdefault("nameservers", []).append(words[1])
        elif len(words) > 1 and words[0] in ("search", "options"):
            found[words[0]] = words[1:]
    return {"dns": found}
