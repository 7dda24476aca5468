"""Services and checks registered with one agent: reading them, and whether they are as asked for.

Consul does not tell a check's definition. Its agent keeps what was registered in its data
directory, and where the module runs beside the agent, as root, it reads it there; elsewhere a
check that is there cannot be compared and is registered again.
Source: https://developer.hashicorp.com/consul/api-docs/agent/check
"""

from __future__ import annotations

import json
import os
from typing import Any, Dict, List, Mapping, Optional
from urllib.parse import quote

from provision.agent.consul.durations import same_duration
from provision.agent.consul_api import Consul, ConsulError
from provision.agent.task import ModuleFailed

_LOCAL = ("localhost", "127.0.0.1", "::1")
# The part of a definition that says how to check: how it is registered -> how it is kept
_WAYS = {"HTTP": "HTTP", "TCP": "TCP", "Args": "ScriptArgs"}
_TIMES = ("Interval", "Timeout", "TTL")


def find_service(consul: Consul, identity: str) -> Optional[Dict[str, Any]]:
    """The agent's service of this ID as Consul tells it, or None."""
    found: Optional[Dict[str, Any]] = consul.find("/agent/service/" + quote(identity, safe="")).data
    return found


def find_check(consul: Consul, identity: str) -> Optional[Dict[str, Any]]:
    """The agent's check of this ID as Consul tells it, or None."""
    checks: Mapping[str, Dict[str, Any]] = consul.get("/agent/checks").data or {}
    return checks.get(identity)


def register_service(consul: Consul, definition: Mapping[str, Any]) -> None:
    """Make or replace a service. Its checks stay."""
    consul.put("/agent/service/register", definition)


def deregister_service(consul: Consul, identity: str) -> None:
    consul.put("/agent/service/deregister/" + quote(identity, safe=""))


def register_check(consul: Consul, definition: Mapping[str, Any]) -> None:
    """Make or replace a check.

    Raises:
        ModuleFailed: Consul refused; scripts are off by default.
    """
    try:
        consul.put("/agent/check/register", definition)
    except ConsulError as error:
        if "Scripts are disabled" in error.message:
            raise ModuleFailed(
                f"{error.message}. Use an http, tcp or ttl check, or allow scripts in the "
                "agent's configuration"
            ) from None
        raise


def deregister_check(consul: Consul, identity: str) -> None:
    consul.put("/agent/check/deregister/" + quote(identity, safe=""))


def check_differs(consul: Consul, host: str, definition: Mapping[str, Any]) -> bool:
    """Whether the agent's check is not this one, as far as can be told.

    Parameters:
        host: where the agent is, as the module was told.
        definition: as for ``register_check``; times in Go's notation.
    """
    now = find_check(consul, definition["ID"])
    if now is None:
        return True
    for key in ("Name", "Notes", "ServiceID"):
        if (now.get(key) or "") != (definition.get(key) or ""):
            return True
    kept = _kept(consul, definition["ID"]) if host in _LOCAL else None
    if kept is None:
        return True
    if any(
        (kept.get(there) or None) != (definition.get(key) or None) for key, there in _WAYS.items()
    ):
        return True
    return not all(
        same_duration(f"{kept.get(key) or 0}ns", definition.get(key) or "0s") for key in _TIMES
    )


def _kept(consul: Consul, identity: str) -> Optional[Dict[str, Any]]:
    """How the agent's own files define a check, or None where they cannot be read."""
    try:
        folder = consul.get("/agent/self").data["DebugConfig"]["DataDir"]
    except (ConsulError, KeyError, TypeError):
        return None
    for path in _files(os.path.join(str(folder), "checks")):
        try:
            with open(path, encoding="utf-8") as file:
                held = json.load(file)
            if held["Check"]["CheckID"] == identity:
                return dict(held["ChkType"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def _files(folder: str) -> List[str]:
    try:
        return [os.path.join(folder, name) for name in os.listdir(folder)]
    except OSError:
        return []
