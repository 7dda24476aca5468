"""What is asked of the Engine that this node's kernel cannot do: the Engine says nothing of it."""

from __future__ import annotations

from typing import Any, List, Mapping, Optional

from provision.agent import kernel


def of_network(driver: str, options: Optional[Mapping[str, Any]]) -> List[str]:
    """For a new network."""
    if driver != "overlay" or "encrypted" not in (options or {}) or not _lacks("ESP"):
        return []
    hint = (
        "this node's kernel lacks ESP: an encrypted overlay network carries nothing between nodes; "
        "leave `encrypted` out, or boot another kernel"
    )
    return [hint]


def of_service(spec: Mapping[str, Any]) -> List[str]:
    """For a service that is new or changed.

    Parameters:
        spec: as the Engine's API has it.
    """
    endpoint = spec.get("EndpointSpec") or {}
    ports = endpoint.get("Ports") or ()
    meshed = [port for port in ports if port.get("PublishMode", "ingress") == "ingress"]
    if not meshed or not _lacks("IPVS"):
        return []
    named = ", ".join(str(port.get("PublishedPort") or port.get("TargetPort")) for port in meshed)
    hint = (
        f"this node's kernel lacks IPVS: what is published in mode ingress ({named}) answers "
        "nothing; publish it with mode `host`, with endpoint mode `dnsrr`, or boot another kernel"
    )
    return [hint]


def _lacks(name: str) -> bool:
    return any(feature.name == name for feature in kernel.lacking())
