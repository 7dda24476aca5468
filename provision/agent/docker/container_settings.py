"""docker_container's settings: each one's place, form and way to be compared."""

from __future__ import annotations

import re
import shlex
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Tuple

from provision.agent.docker.container_mounts import mount, told_mount
from provision.agent.docker.service_fields import environment, ulimits
from provision.agent.docker.units import nanoseconds, size
from provision.agent.task import ModuleFailed


class Setting(NamedTuple):
    """One setting, at the same place in /containers/create's body and in an inspection.

    Parameters:
        param: the parameter.
        path: (Config or HostConfig, ..., key) as inspected; Config's keys are at the top of the
            body.
        encode: (parameter's name, value) -> what the Engine takes and tells.
        many: it is a set or a dict: unless told otherwise the container may have more than is
            asked for.
        live: an Engine can change it in a container that is there.
        told: what the Engine tells -> the form that encode gives.
    """

    param: str
    path: Tuple[str, ...]
    encode: Callable[[str, Any], Any]
    many: bool = False
    live: bool = False
    told: Callable[[Any], Any] = lambda value: value


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
    return sorted(_bare(name.upper()) for name in value)


def _bare(name: str) -> str:
    return name[4:] if name.startswith("CAP_") else name


def _binds(param: str, value: List[str]) -> List[str]:
    return sorted(entry for entry in value if ":" in entry)


def _tmpfs(param: str, value: List[str]) -> Dict[str, str]:
    return dict([*entry.split(":", 1), ""][:2] for entry in value)


def _swap(param: str, value: str) -> int:
    return -1 if value in ("unlimited", "-1") else size(param, value)


def _rates(param: str, value: List[Mapping[str, Any]]) -> List[Dict[str, Any]]:
    return [{"Path": each["path"], "Rate": size(f"{param}.rate", each["rate"])} for each in value]


def _devices(param: str, value: List[str]) -> List[Dict[str, str]]:
    out = []
    for entry in value:
        parts = entry.split(":")
        inside, permissions = parts[0], "rwm"
        if len(parts) == 2 and not parts[1].startswith("/"):
            permissions = parts[1]
        elif len(parts) >= 2:
            inside = parts[1]
            permissions = parts[2] if len(parts) == 3 else permissions
        if len(parts) > 3 or not set(permissions) <= set("rwm"):
            raise ModuleFailed(f"{param}: '{entry}' is not host path[:container path[:rwm]]")
        out.append(
            {"PathOnHost": parts[0], "PathInContainer": inside, "CgroupPermissions": permissions}
        )
    return out


def _requests(param: str, value: List[Mapping[str, Any]]) -> List[Dict[str, Any]]:
    return [
        {
            "Driver": each["driver"] or "",
            "Count": each["count"] or 0,
            "DeviceIDs": each["device_ids"] or [],
            "Capabilities": each["capabilities"] or [],
            "Options": _texts(param, each["options"] or {}),
        }
        for each in value
    ]


def _told_requests(value: List[Mapping[str, Any]]) -> List[Dict[str, Any]]:
    empty: Dict[str, Any] = {
        "Driver": "", "Count": 0, "DeviceIDs": [], "Capabilities": [], "Options": {},
    }  # fmt: skip
    return [{key: each.get(key) or nothing for key, nothing in empty.items()} for each in value]


def _links(param: str, value: List[str]) -> List[str]:
    return sorted(entry if ":" in entry else f"{entry}:{entry}" for entry in value)


def _told_links(value: List[str]) -> List[str]:
    # /other:/this/alias
    pairs = [entry.split(":", 1) for entry in value]
    return sorted(f"{other.lstrip('/')}:{alias.rsplit('/', 1)[-1]}" for other, alias in pairs)


def _exposed(param: str, value: List[str]) -> Dict[str, Dict[str, str]]:
    out: Dict[str, Dict[str, str]] = {}
    for entry in value:
        match = re.match(r"^(\d+)(?:-(\d+))?(?:/(tcp|udp|sctp))?$", str(entry))
        if not match:
            raise ModuleFailed(f"{param}: '{entry}' is not port[/protocol]")
        first, last = int(match.group(1)), int(match.group(2) or match.group(1))
        for number in range(first, last + 1):
            out[f"{number}/{match.group(3) or 'tcp'}"] = {}
    return out


def _mounts(param: str, value: List[Mapping[str, Any]]) -> List[Dict[str, Any]]:
    return [mount(each) for each in value]


def _health(param: str, value: Mapping[str, Any]) -> Dict[str, Any]:
    test = value["test"]
    out: Dict[str, Any] = {}
    if test in ("NONE", ["NONE"]) or (test is None and not value["test_cli_compatible"]):
        return {"Test": ["NONE"]}
    if test is not None:
        out["Test"] = ["CMD-SHELL", test] if isinstance(test, str) else _words(param, test)
    for option, key in (
        ("interval", "Interval"),
        ("timeout", "Timeout"),
        ("start_period", "StartPeriod"),
        ("start_interval", "StartInterval"),
    ):
        if value[option] is not None:
            out[key] = nanoseconds(f"{param}.{option}", value[option])
    if value["retries"] is not None:
        out["Retries"] = value["retries"]
    # An Engine does not tell a zero again, which means its default.
    return {key: part for key, part in out.items() if part != 0}


def _config(param: str, key: str, encode: Any = _same, **more: Any) -> Setting:
    return Setting(param, ("Config", key), encode, **more)


def _host(param: str, key: str, encode: Any = _same, **more: Any) -> Setting:
    return Setting(param, ("HostConfig", key), encode, **more)


SETTINGS: Tuple[Setting, ...] = (
    _config("command", "Cmd", _words),
    _config("entrypoint", "Entrypoint", _words),
    _config("env", "Env", environment, many=True, told=sorted),
    _config("labels", "Labels", _texts, many=True),
    _config("user", "User"),
    _config("working_dir", "WorkingDir"),
    _config("hostname", "Hostname"),
    _config("domainname", "Domainname"),
    _config("mac_address", "MacAddress"),
    _config("tty", "Tty"),
    _config("interactive", "OpenStdin"),
    _config("stop_signal", "StopSignal"),
    _config("stop_timeout", "StopTimeout"),
    _config("exposed_ports", "ExposedPorts", _exposed, many=True),
    _config("healthcheck", "Healthcheck", _health, many=True),
    _host("volumes", "Binds", _binds, many=True, told=sorted),
    _host("mounts", "Mounts", _mounts, many=True, told=lambda held: [told_mount(m) for m in held]),
    _host("volumes_from", "VolumesFrom", _words, many=True),
    _host("volume_driver", "VolumeDriver"),
    _host("tmpfs", "Tmpfs", _tmpfs, many=True),
    _host("network_mode", "NetworkMode"),
    _host("links", "Links", _links, many=True, told=_told_links),
    _host("publish_all_ports", "PublishAllPorts"),
    _host("privileged", "Privileged"),
    _host("capabilities", "CapAdd", _capabilities, many=True, told=lambda h: _capabilities("", h)),
    _host("cap_drop", "CapDrop", _capabilities, many=True, told=lambda h: _capabilities("", h)),
    _host("security_opts", "SecurityOpt", _words, many=True),
    _host("groups", "GroupAdd", _words, many=True),
    _host("etc_hosts", "ExtraHosts", _hosts, many=True, told=sorted),
    _host("dns_servers", "Dns", _words),
    _host("dns_search_domains", "DnsSearch", _words),
    _host("dns_opts", "DnsOptions", _words, many=True),
    _host("pid_mode", "PidMode"),
    _host("ipc_mode", "IpcMode"),
    _host("userns_mode", "UsernsMode"),
    _host("uts", "UTSMode"),
    _host("cgroup_parent", "CgroupParent"),
    _host("cgroupns_mode", "CgroupnsMode"),
    _host("runtime", "Runtime"),
    _host("init", "Init"),
    _host("read_only", "ReadonlyRootfs"),
    _host("auto_remove", "AutoRemove"),
    _host("sysctls", "Sysctls", _texts, many=True),
    _host("ulimits", "Ulimits", ulimits, many=True),
    _host("storage_opts", "StorageOpt", _texts, many=True),
    _host("shm_size", "ShmSize", size),
    _host("oom_killer", "OomKillDisable"),
    _host("oom_score_adj", "OomScoreAdj"),
    _host("memory_swappiness", "MemorySwappiness"),
    _host("device_read_bps", "BlkioDeviceReadBps", _rates, many=True),
    _host("device_write_bps", "BlkioDeviceWriteBps", _rates, many=True),
    _host("device_read_iops", "BlkioDeviceReadIOps", _rates, many=True),
    _host("device_write_iops", "BlkioDeviceWriteIOps", _rates, many=True),
    _host("devices", "Devices", _devices, many=True),
    _host("device_cgroup_rules", "DeviceCgroupRules", _words, many=True),
    _host("device_requests", "DeviceRequests", _requests, many=True, told=_told_requests),
    _host("memory", "Memory", size, live=True),
    _host("memory_reservation", "MemoryReservation", size, live=True),
    _host("memory_swap", "MemorySwap", _swap, live=True),
    _host("kernel_memory", "KernelMemory", size, live=True),
    _host("pids_limit", "PidsLimit", live=True),
    _host("cpus", "NanoCpus", _cpus, live=True),
    _host("cpu_period", "CpuPeriod", live=True),
    _host("cpu_quota", "CpuQuota", live=True),
    _host("cpu_shares", "CpuShares", live=True),
    _host("cpuset_cpus", "CpusetCpus", live=True),
    _host("cpuset_mems", "CpusetMems", live=True),
    _host("blkio_weight", "BlkioWeight", live=True),
    Setting("log_driver", ("HostConfig", "LogConfig", "Type"), _same),
    Setting("log_options", ("HostConfig", "LogConfig", "Config"), _texts, many=True),
    Setting("restart_policy", ("HostConfig", "RestartPolicy", "Name"), _same, live=True),
    Setting(
        "restart_retries", ("HostConfig", "RestartPolicy", "MaximumRetryCount"), _same, live=True
    ),
)
