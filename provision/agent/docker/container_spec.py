"""A container's settings: how they are asked for, how an Engine tells them."""

from __future__ import annotations

import re
import shlex
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Tuple

from provision.agent.docker.service_fields import environment
from provision.agent.docker.units import nanoseconds, size
from provision.agent.task import ModuleFailed

_PORT = re.compile(
    r"^(?:(?:(?P<ip>\[[0-9a-fA-F:]+\]|[0-9.]+):)?(?P<host>\d+(?:-\d+)?)?:)?"
    r"(?P<inner>\d+(?:-\d+)?)(?:/(?P<protocol>tcp|udp|sctp))?$"
)
Ports = Dict[str, List[Dict[str, str]]]


class Setting(NamedTuple):
    """One setting, at the same place in /containers/create's body and in an inspection.

    Parameters:
        param: the parameter.
        path: (Config or HostConfig, ..., key) as inspected; Config's keys are at the top of the
            body.
        encode: (parameter's name, value) -> what the Engine takes and tells.
        within: whether the container may have more than is asked for (its image adds some).
    """

    param: str
    path: Tuple[str, ...]
    encode: Callable[[str, Any], Any]
    within: bool = False


def _same(param: str, value: Any) -> Any:
    return value


def _words(param: str, value: Any) -> List[str]:
    return shlex.split(value) if isinstance(value, str) else [str(item) for item in value]


def _texts(param: str, value: Mapping[str, Any]) -> Dict[str, str]:
    return {str(key): str(item) for key, item in value.items()}


def _cpus(param: str, value: float) -> int:
    return round(value * 10**9)


def _hosts(param: str, value: Mapping[str, Any]) -> List[str]:
    return sorted(f"{name}:{address}" for name, address in value.items())


def _capabilities(param: str, value: List[str]) -> List[str]:
    return sorted(name.upper() for name in value)


def _binds(param: str, value: List[str]) -> List[str]:
    return sorted(entry for entry in value if ":" in entry)


def _health(param: str, value: Mapping[str, Any]) -> Dict[str, Any]:
    test = value["test"]
    out: Dict[str, Any] = {}
    if test is not None:
        out["Test"] = ["CMD-SHELL", test] if isinstance(test, str) else _words(param, test)
        if test in ("NONE", ["NONE"]):
            out["Test"] = ["NONE"]
    for option, key in (
        ("interval", "Interval"),
        ("timeout", "Timeout"),
        ("start_period", "StartPeriod"),
    ):
        if value[option] is not None:
            out[key] = nanoseconds(f"{param}.{option}", value[option])
    if value["retries"] is not None:
        out["Retries"] = value["retries"]
    return out


SETTINGS: Tuple[Setting, ...] = (
    Setting("command", ("Config", "Cmd"), _words),
    Setting("entrypoint", ("Config", "Entrypoint"), _words),
    Setting("env", ("Config", "Env"), environment, within=True),
    Setting("labels", ("Config", "Labels"), _texts, within=True),
    Setting("user", ("Config", "User"), _same),
    Setting("working_dir", ("Config", "WorkingDir"), _same),
    Setting("hostname", ("Config", "Hostname"), _same),
    Setting("tty", ("Config", "Tty"), _same),
    Setting("interactive", ("Config", "OpenStdin"), _same),
    Setting("stop_signal", ("Config", "StopSignal"), _same),
    Setting("healthcheck", ("Config", "Healthcheck"), _health, within=True),
    Setting("volumes", ("HostConfig", "Binds"), _binds),
    Setting("network_mode", ("HostConfig", "NetworkMode"), _same),
    Setting("privileged", ("HostConfig", "Privileged"), _same),
    Setting("capabilities", ("HostConfig", "CapAdd"), _capabilities),
    Setting("cap_drop", ("HostConfig", "CapDrop"), _capabilities),
    Setting("security_opts", ("HostConfig", "SecurityOpt"), _words),
    Setting("etc_hosts", ("HostConfig", "ExtraHosts"), _hosts),
    Setting("dns_servers", ("HostConfig", "Dns"), _words),
    Setting("dns_search_domains", ("HostConfig", "DnsSearch"), _words),
    Setting("memory", ("HostConfig", "Memory"), size),
    Setting("cpus", ("HostConfig", "NanoCpus"), _cpus),
    Setting("pid_mode", ("HostConfig", "PidMode"), _same),
    Setting("ipc_mode", ("HostConfig", "IpcMode"), _same),
    Setting("init", ("HostConfig", "Init"), _same),
    Setting("read_only", ("HostConfig", "ReadonlyRootfs"), _same),
    Setting("auto_remove", ("HostConfig", "AutoRemove"), _same),
    Setting("sysctls", ("HostConfig", "Sysctls"), _texts),
    Setting("log_driver", ("HostConfig", "LogConfig", "Type"), _same),
    Setting("log_options", ("HostConfig", "LogConfig", "Config"), _texts, within=True),
    Setting("restart_policy", ("HostConfig", "RestartPolicy", "Name"), _same),
    Setting("restart_retries", ("HostConfig", "RestartPolicy", "MaximumRetryCount"), _same),
)


def body(args: Mapping[str, Any]) -> Dict[str, Any]:
    """What to send to /containers/create, without networks."""
    out: Dict[str, Any] = {"Image": args["image"], "HostConfig": {}}
    for setting in SETTINGS:
        if args[setting.param] is None:
            continue
        path = setting.path[1:] if setting.path[0] == "Config" else setting.path
        place = out
        for step in path[:-1]:
            place = place.setdefault(step, {})
        place[path[-1]] = setting.encode(setting.param, args[setting.param])
    anonymous = [entry for entry in args["volumes"] or () if ":" not in entry]
    if anonymous:
        out["Volumes"] = {entry: {} for entry in anonymous}
    if args["published_ports"] is not None:
        bindings = ports(args["published_ports"])
        out["ExposedPorts"] = {inner: {} for inner in bindings}
        out["HostConfig"]["PortBindings"] = bindings
    return out


def differences(
    container: Mapping[str, Any], args: Mapping[str, Any]
) -> Dict[str, Tuple[Any, Any]]:
    """What is asked for and is not so: parameter -> (now, wanted)."""
    out: Dict[str, Tuple[Any, Any]] = {}
    for setting in SETTINGS:
        if args[setting.param] is None:
            continue
        wanted = setting.encode(setting.param, args[setting.param])
        now: Any = container
        for step in setting.path:
            now = (now or {}).get(step)
        if setting.param in ("env", "volumes", "etc_hosts", "capabilities", "cap_drop"):
            now = sorted(_without_prefix(now, setting.param))
        if setting.param == "restart_policy":
            now = now or "no"
        if not _holds(now, wanted, setting.within):
            out[setting.param] = (now, wanted)
    if args["published_ports"] is not None:
        bound = container["HostConfig"].get("PortBindings") or {}
        wanted_ports = ports(args["published_ports"])
        if _sorted_ports(bound) != _sorted_ports(wanted_ports):
            out["published_ports"] = (bound, wanted_ports)
    return out


def ports(entries: List[str]) -> Ports:
    """``[ip:][host:]inner[/protocol]``, ranges allowed, as PortBindings.

    Raises:
        ModuleFailed: an entry is not of that form.
    """
    out: Ports = {}
    for entry in entries:
        match = _PORT.match(str(entry))
        if not match:
            raise ModuleFailed(
                f"published_ports: '{entry}' is not [address:][host port:]port[/protocol]"
            )
        inner = _range(match["inner"])
        outer: List[Optional[int]] = list(_range(match["host"])) if match["host"] else []
        outer = outer or [None] * len(inner)
        if len(outer) != len(inner):
            raise ModuleFailed(f"published_ports: the two ranges in '{entry}' differ in length")
        address = (match["ip"] or "").strip("[]")
        for port, host in zip(inner, outer):
            binding = {"HostIp": address, "HostPort": "" if host is None else str(host)}
            out.setdefault(f"{port}/{match['protocol'] or 'tcp'}", []).append(binding)
    return out


def _range(text: str) -> List[int]:
    first, _, last = text.partition("-")
    return list(range(int(first), int(last or first) + 1))


def _sorted_ports(bindings: Mapping[str, Any]) -> Dict[str, Any]:
    # An Engine tells 0.0.0.0 and no address alike, depending on its version.
    return {
        inner: sorted(
            (("" if each.get("HostIp") == "0.0.0.0" else each.get("HostIp", "")), each["HostPort"])
            for each in outer or ()
        )
        for inner, outer in bindings.items()
    }


def _without_prefix(now: Any, param: str) -> List[str]:
    if param in ("capabilities", "cap_drop"):
        return [name[4:] if name.startswith("CAP_") else name for name in now or ()]
    return list(now or ())


def _holds(now: Any, wanted: Any, within: bool) -> bool:
    if wanted in ("", 0, False, [], {}) and not now:
        return True
    if not within:
        return bool(now == wanted)
    if isinstance(wanted, dict):
        return all((now or {}).get(key) == value for key, value in wanted.items())
    return set(wanted) <= set(now or ())
