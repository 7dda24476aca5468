"""How a check is asked for: the parameters that consul and consul_agent_check share."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Tuple

from provision.agent.consul.durations import duration
from provision.agent.spec import Param
from provision.agent.task import ModuleFailed

TIME = "Such as 15s or 1m; a bare number is seconds."

PARAMS: Tuple[Param, ...] = (
    Param("http", "A URL that must answer with success; needs interval."),
    Param("tcp", "host:port that must accept connections; needs interval."),
    Param("ttl", "It is healthy while it is told so this often. " + TIME),
    Param("interval", "Between two checks. " + TIME),
    Param("timeout", "Of one http check. " + TIME),
    Param("notes", "Kept with it, for people."),
)
WAYS_EXCLUDE = "http", "tcp", "ttl"


def check(args: Mapping[str, Any], script: Optional[Any]) -> Dict[str, Any]:
    """What to register, without ID, name and service.

    Parameters:
        script: the command as a list, if there is one.

    Raises:
        ModuleFailed: there is no way to check, or no interval for one.
    """
    periodic = args["http"] or args["tcp"] or script
    if not periodic and not args["ttl"]:
        raise ModuleFailed("a check needs one of http, tcp, ttl and a command")
    if periodic and not args["interval"]:
        raise ModuleFailed("interval is missing: how often to check")
    out = {
        "HTTP": args["http"],
        "TCP": args["tcp"],
        "Args": script,
        "TTL": duration("ttl", args["ttl"]),
        "Interval": duration("interval", args["interval"]) if periodic else None,
        "Timeout": duration("timeout", args["timeout"]),
        "Notes": args["notes"],
    }
    return {key: value for key, value in out.items() if value is not None}
