"""What docker_swarm is asked for and cannot change any more: warnings, a sentence each."""

from __future__ import annotations

import re
from typing import Any, List, Mapping, Optional

from provision.agent.docker.swarm import Membership


def fixed_at_init(swarm: Mapping[str, Any], args: Mapping[str, Any]) -> List[str]:
    """What is decided when a swarm is made, and is not as wanted."""
    out = []
    for param, key in (
        ("default_addr_pool", "DefaultAddrPool"),
        ("subnet_size", "SubnetSize"),
        ("data_path_port", "DataPathPort"),
    ):
        now = swarm.get(key)
        if args[param] is not None and now is not None and now != args[param]:
            out.append(
                f"{param} is {now}, not {args[param]}: it can be set only when a swarm is made"
            )
    return out


def other_address(here: Membership, wanted: Optional[str]) -> List[str]:
    """An address that is asked for and is not the node's; an interface cannot be compared."""
    host = (wanted or "").rsplit(":", 1)[0] if (wanted or "").count(":") == 1 else wanted or ""
    if not re.match(r"^[0-9.]+$|^[0-9a-fA-F:]+:[0-9a-fA-F:]*$", host) or not here.address:
        return []
    if host == here.address:
        return []
    fixed = "advertise_addr can be set only when a swarm is made or joined"
    return [f"this node's address is {here.address}, not {host}: {fixed}"]


def other_swarm(here: Membership, args: Mapping[str, Any]) -> List[str]:
    """A token that is not of the swarm that the node is in already."""
    if here.fits(args["join_token"]):
        return []
    other = "the join token is of another one, or older than that one's CA"
    return [
        f"this node is in swarm {here.cluster_id or '(unknown)'}, and {other}; it was left there"
    ]
