"""A container's settings: how they are asked for, how an Engine tells them."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Mapping, Optional, Tuple

from provision.agent.docker.container_params import PARAMS
from provision.agent.docker.container_settings import SETTINGS
from provision.agent.docker.env_files import with_env_files
from provision.agent.docker.service_fields import environment
from provision.agent.task import ModuleFailed

_PORT = re.compile(
    r"^(?:(?:(?P<ip>\[[0-9a-fA-F:]+\]|[0-9.]+):)?(?P<host>\d+(?:-\d+)?)?:)?"
    r"(?P<inner>\d+(?:-\d+)?)(?:/(?P<protocol>tcp|udp|sctp))?$"
)
STRICT, IGNORE, MORE = "strict", "ignore", "allow_more_present"
_ALIASES = {alias: param.name for param in PARAMS for alias in param.aliases}
# Compared elsewhere than by the table
_OTHERS = {"published_ports": True, "networks": True, "image": False}

Ports = Dict[str, List[Dict[str, str]]]
Changes = Dict[str, Tuple[Any, Any]]


def prepared(args: Mapping[str, Any]) -> Dict[str, Any]:
    """The arguments with what has to be read on the node. Raises ModuleFailed."""
    files = [args["env_file"]] if args["env_file"] else []
    return dict(args, env=with_env_files("env_file", args["env"], files))


def body(args: Mapping[str, Any]) -> Dict[str, Any]:
    """What to send to /containers/create, without networks."""
    out: Dict[str, Any] = {"Image": args["image"], "HostConfig": {}}
    for setting in SETTINGS:
        if args[setting.param] is None:
            continue
        path = setting.path[1:] if setting.path[0] == "Config" else setting.path
        _put(out, path, setting.encode(setting.param, args[setting.param]))
    anonymous = [entry for entry in args["volumes"] or () if ":" not in entry]
    if anonymous:
        out["Volumes"] = {entry: {} for entry in anonymous}
    if args["published_ports"] is not None:
        bindings = ports(args["published_ports"], args["default_host_ip"] or "")
        exposed = dict(out.get("ExposedPorts") or {}, **{inner: {} for inner in bindings})
        out["ExposedPorts"] = exposed
        out["HostConfig"]["PortBindings"] = bindings
    return out


def live_body(args: Mapping[str, Any], changed: Changes) -> Optional[Dict[str, Any]]:
    """What to send to /containers/NAME/update; None where not all can be changed so."""
    live = {setting.param: setting for setting in SETTINGS if setting.live}
    if not changed or not set(changed) <= set(live):
        return None
    out: Dict[str, Any] = {}
    for setting in live.values():
        # A policy is one object: its name goes along with its number.
        together = setting.path[1] == "RestartPolicy" and any(
            live[name].path[1] == "RestartPolicy" for name in changed
        )
        if args[setting.param] is not None and (setting.param in changed or together):
            _put(out, setting.path[1:], setting.encode(setting.param, args[setting.param]))
    return out


def differences(
    container: Mapping[str, Any], args: Mapping[str, Any], image: Mapping[str, Any]
) -> Changes:
    """What is asked for and is not so: parameter -> (now, wanted).

    Parameters:
        image: whose own environment, labels and ports are no difference.
    """
    out: Changes = {}
    for setting in SETTINGS:
        how = comparison(args, setting.param, setting.many)
        if args[setting.param] is None or how == IGNORE:
            continue
        wanted = setting.encode(setting.param, args[setting.param])
        now: Any = container
        for step in setting.path:
            now = (now or {}).get(step)
        now = setting.told(now) if now else now
        if setting.param == "restart_policy":
            now = now or "no"
        if how == STRICT and setting.many:
            wanted = _with_images(setting.param, wanted, image)
            if setting.param == "exposed_ports":
                wanted = dict(
                    wanted, **{inner: {} for inner in ports(args["published_ports"] or [])}
                )
        if not _holds(now, wanted, how == MORE):
            out[setting.param] = (now, wanted)
    if args["published_ports"] is not None:
        _compare_ports(container, args, out)
    return out


def comparison(args: Mapping[str, Any], param: str, many: bool) -> str:
    """How a parameter is compared."""
    given = {_ALIASES.get(name, name): how for name, how in (args["comparisons"] or {}).items()}
    default = MORE if many else STRICT
    return str(given.get(param, given.get("*", default)))


def check_comparisons(args: Mapping[str, Any]) -> None:
    """Raises ModuleFailed for comparisons that there cannot be."""
    known = dict({setting.param: setting.many for setting in SETTINGS}, **_OTHERS)
    lists = ("command", "entrypoint", "dns_servers", "dns_search_domains")
    for name, how in (args["comparisons"] or {}).items():
        if how not in (STRICT, IGNORE, MORE):
            raise ModuleFailed(f"comparisons: {name}: '{how}' is not {STRICT}, {IGNORE} or {MORE}")
        if name == "*":
            if how == MORE:
                raise ModuleFailed(f"comparisons: '*' can be {STRICT} or {IGNORE} only")
            continue
        if _ALIASES.get(name, name) not in known:
            raise ModuleFailed(f"comparisons: '{name}' is nothing that is compared")
        if how == MORE and not known[_ALIASES.get(name, name)] and name not in lists:
            raise ModuleFailed(f"comparisons: {name} is no list or dict, so {MORE} means nothing")


def _compare_ports(container: Mapping[str, Any], args: Mapping[str, Any], out: Changes) -> None:
    how = comparison(args, "published_ports", True)
    if how == IGNORE:
        return
    bound = container["HostConfig"].get("PortBindings") or {}
    wanted = ports(args["published_ports"], args["default_host_ip"] or "")
    now, asked = _sorted_ports(bound), _sorted_ports(wanted)
    same = all(set(v) <= set(now.get(k) or ()) for k, v in asked.items())
    if now != asked and not (how == MORE and same):
        out["published_ports"] = (bound, wanted)


def _with_images(param: str, wanted: Any, image: Mapping[str, Any]) -> Any:
    config = image.get("Config") or {}
    if param == "env":
        names = {entry.partition("=")[0] for entry in wanted}
        own = [e for e in config.get("Env") or () if e.partition("=")[0] not in names]
        return environment(param, [*wanted, *own])
    if param in ("labels", "exposed_ports"):
        key = "Labels" if param == "labels" else "ExposedPorts"
        return dict(config.get(key) or {}, **wanted)
    return wanted


def ports(entries: List[str], default_ip: str = "") -> Ports:
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
        address = (match["ip"] or default_ip).strip("[]")
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


def _put(out: Dict[str, Any], path: Tuple[str, ...], value: Any) -> None:
    place = out
    for step in path[:-1]:
        place = place.setdefault(step, {})
    place[path[-1]] = value


def _holds(now: Any, wanted: Any, more: bool) -> bool:
    if wanted in ("", 0, False, [], {}, {"Test": ["NONE"]}) and not now:
        return True
    if isinstance(wanted, dict):
        if more:
            return all((now or {}).get(key) == value for key, value in wanted.items())
        return bool((now or {}) == wanted)
    if isinstance(wanted, list) and more:
        return all(item in (now or ()) for item in wanted)
    if isinstance(wanted, list) and wanted and isinstance(wanted[0], dict):
        return len(now or ()) == len(wanted) and all(item in now for item in wanted)
    return bool(now == wanted)
