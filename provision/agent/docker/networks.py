"""Networks: finding one, and how one differs from what is asked for."""

from __future__ import annotations

import ipaddress
from typing import Any, Dict, List, Mapping, Optional, Tuple

from provision.agent.engine_api import Engine, segment
from provision.agent.task import ModuleFailed

_FLAGS = {
    "internal": "Internal",
    "attachable": "Attachable",
    "ingress": "Ingress",
    "config_only": "ConfigOnly",
    "enable_ipv6": "EnableIPv6",
}
_IPAM = {"subnet": "Subnet", "gateway": "Gateway", "iprange": "IPRange"}


def find_network(engine: Engine, name: str) -> Optional[Dict[str, Any]]:
    """The network of exactly this name or ID, with its containers, or None.

    Raises:
        ModuleFailed: several networks have this name.
    """
    # The Engine's filter matches parts of names.
    found = engine.get("/networks", {"filters": {"name": [name]}})
    same = [each for each in found if each["Name"] == name]
    if len(same) > 1:
        listed = ", ".join(f"{each['Id'][:12]} ({each['Driver']})" for each in same)
        raise ModuleFailed(f"{len(same)} networks are called {name}: {listed}; use an ID")
    wanted = same[0]["Id"] if same else name
    network: Optional[Dict[str, Any]] = engine.find(f"/networks/{segment(wanted)}")
    if network is not None and network["Name"] != name and network["Id"] != wanted:
        return None  # the Engine also takes the beginning of an ID
    return network


def is_removed(listed: Mapping[str, Any]) -> bool:
    """Whether a manager lists a network that its swarm has removed.

    It does so until the last container has left it; meanwhile no service can be made on it, and
    no network of its name. The swarm's own record has no containers, where a node's has some or
    an empty mapping (seen with Engine 20.10).

    Parameters:
        listed: as /networks tells it, not /networks/ID.
    """
    return listed["Scope"] == "swarm" and listed.get("Containers") is not None


def body(args: Mapping[str, Any]) -> Dict[str, Any]:
    """What to send to /networks/create."""
    out: Dict[str, Any] = {
        "Name": args["name"],
        "CheckDuplicate": True,
        "Driver": args["driver"],
        "Options": _texts(args["driver_options"]),
        "Labels": _texts(args["labels"]),
        "EnableIPv4": args["enable_ipv4"],
        "Scope": args["scope"],
        "ConfigFrom": {"Network": args["config_from"]} if args["config_from"] else None,
    }
    out.update({key: args[param] for param, key in _FLAGS.items()})
    ipam = {
        "Driver": args["ipam_driver"],
        "Options": _texts(args["ipam_driver_options"]) or None,
        "Config": [_ipam_entry(entry) for entry in args["ipam_config"] or ()] or None,
    }
    out["IPAM"] = _given(ipam) or None
    return _given(out)


def differences(network: Mapping[str, Any], args: Mapping[str, Any]) -> Dict[str, Tuple[Any, Any]]:
    """What is asked for and is not so: parameter -> (now, wanted)."""
    ipam = network.get("IPAM") or {}
    pairs: Dict[str, Tuple[Any, Any]] = {
        "driver": (network["Driver"], args["driver"]),
        "scope": (network.get("Scope"), args["scope"]),
        "ipam_driver": (ipam.get("Driver"), args["ipam_driver"]),
        "config_from": ((network.get("ConfigFrom") or {}).get("Network"), args["config_from"]),
        "enable_ipv4": (network.get("EnableIPv4", True), args["enable_ipv4"]),
    }
    for param, key in _FLAGS.items():
        pairs[param] = (bool(network.get(key)), args[param])
    # An Engine adds options of its own (an overlay's VXLAN number): only those named count.
    for param, now in (
        ("driver_options", network.get("Options")),
        ("ipam_driver_options", ipam.get("Options")),
        ("labels", network.get("Labels")),
    ):
        wanted = _texts(args[param])
        pairs[param] = ({key: (now or {}).get(key) for key in wanted}, wanted)
    out = {
        param: (now, wanted)
        for param, (now, wanted) in pairs.items()
        if wanted not in (None, {}) and now != wanted
    }
    if args["ipam_config"]:
        wanted_ipam = [_normal(_ipam_entry(entry)) for entry in args["ipam_config"]]
        held = [_normal(entry) for entry in ipam.get("Config") or ()]
        if not all(any(_within(want, have) for have in held) for want in wanted_ipam):
            out["ipam_config"] = (held, wanted_ipam)
    return out


def containers(network: Mapping[str, Any]) -> List[str]:
    """Names of the containers connected on this node, without the Engine's own endpoints."""
    held = (network.get("Containers") or {}).items()
    return sorted(each["Name"] for key, each in held if not key.startswith("lb-"))


def _ipam_entry(entry: Mapping[str, Any]) -> Dict[str, Any]:
    out: Dict[str, Any] = {key: entry.get(param) for param, key in _IPAM.items()}
    out["AuxiliaryAddresses"] = _texts(entry.get("aux_addresses")) or None
    return _given(out)


def _normal(entry: Mapping[str, Any]) -> Dict[str, Any]:
    out: Dict[str, Any] = {key: _address(entry[key]) for key in _IPAM.values() if entry.get(key)}
    others = entry.get("AuxiliaryAddresses") or entry.get("AuxAddress")
    if others:
        out["AuxiliaryAddresses"] = {key: _address(text) for key, text in others.items()}
    return out


def _within(wanted: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    return all(held.get(key) == value for key, value in wanted.items())


def _address(text: str) -> str:
    try:
        if "/" in text:
            return str(ipaddress.ip_network(text, strict=False))
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ModuleFailed(f"ipam_config: '{text}' is not an address or subnet") from None


def _texts(given: Optional[Mapping[str, Any]]) -> Dict[str, str]:
    return {str(key): str(value) for key, value in (given or {}).items()}


def _given(fields: Mapping[str, Any]) -> Dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}
