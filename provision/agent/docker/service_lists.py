"""A service's mounts, ports, networks, secrets and configs, in comparable forms.

As in service_fields, but each entry is an object, and some need names looked up.
"""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Tuple

from provision.agent.docker.networks import is_removed
from provision.agent.docker.service_fields import Field
from provision.agent.docker.swarm import find_named
from provision.agent.docker.units import size
from provision.agent.engine_api import Engine
from provision.agent.task import ModuleFailed

_BOX = ("TaskTemplate", "ContainerSpec")
Forms = List[Dict[str, Any]]


def list_fields(engine: Engine) -> Tuple[Field, ...]:
    """The fields whose entries are objects."""
    names = _Names(engine)
    return (
        Field("mounts", (*_BOX, "Mounts"), _mounts, [], _encode_mounts, _decode_mounts),
        Field("publish", ("EndpointSpec", "Ports"), _ports, [], _encode_ports, _decode_ports),
        Field(
            "networks",
            ("TaskTemplate", "Networks"),
            names.networks,
            [],
            _encode_networks,
            _decode_networks,
        ),
        _files("secrets", "secret", names),
        _files("configs", "config", names),
    )


class _Names:
    """IDs of things named in parameters."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def networks(self, param: str, value: List[Any]) -> Forms:
        listed = self._engine.get("/networks")
        forms = []
        for entry in value:
            given = entry if isinstance(entry, dict) else {"name": entry}
            unknown = set(given) - {"name", "aliases", "options"}
            name = given.get("name")
            if unknown or not name:
                raise ModuleFailed(
                    f"{param}: {entry!r} must be a network's name, or name with aliases and options"
                )
            found = [net for net in listed if name in (net["Id"], net["Name"])]
            if not found:
                raise ModuleFailed(f"{param}: there is no network {name}")
            found = [net for net in found if not is_removed(net)]
            if not found:
                raise ModuleFailed(f"{param}: network {name} is being removed from the swarm")
            swarm = [net for net in found if net["Scope"] == "swarm"] or found
            forms.append(
                {
                    "id": swarm[0]["Id"],
                    "aliases": sorted(given.get("aliases") or []),
                    "options": {str(k): str(v) for k, v in (given.get("options") or {}).items()},
                }
            )
        return sorted(forms, key=lambda form: str(form["id"]))

    def identify(self, kind: str, entry: Mapping[str, Any]) -> str:
        name = entry[kind + "_name"]
        if entry.get(kind + "_id"):
            return str(entry[kind + "_id"])
        found = find_named(self._engine, kind + "s", name)
        if found is None:
            raise ModuleFailed(f"{kind}s: there is no {kind} {name} in this swarm")
        return str(found["ID"])


def _files(param: str, kind: str, names: _Names) -> Field:
    """Secrets and configs: files in the container, by reference."""
    title = kind.capitalize()

    def form(_: str, value: List[Mapping[str, Any]]) -> Forms:
        return _by_name(
            {
                "id": names.identify(kind, entry),
                "name": entry[kind + "_name"],
                "filename": entry.get("filename") or entry[kind + "_name"],
                "uid": str(entry.get("uid") or "0"),
                "gid": str(entry.get("gid") or "0"),
                "mode": 0o444 if entry.get("mode") is None else entry["mode"],
            }
            for entry in value
        )

    def encode(forms: Forms) -> List[Any]:
        return [
            {
                title + "ID": each["id"],
                title + "Name": each["name"],
                "File": {
                    "Name": each["filename"],
                    "UID": each["uid"],
                    "GID": each["gid"],
                    "Mode": each["mode"],
                },
            }
            for each in forms
        ]

    def decode(held: List[Mapping[str, Any]]) -> Forms:
        return _by_name(
            {
                "id": each[title + "ID"],
                "name": each[title + "Name"],
                "filename": (each.get("File") or {}).get("Name"),
                "uid": (each.get("File") or {}).get("UID"),
                "gid": (each.get("File") or {}).get("GID"),
                "mode": (each.get("File") or {}).get("Mode"),
            }
            for each in held
        )

    return Field(param, (*_BOX, param.capitalize()), form, [], encode, decode)


def _by_name(forms: Any) -> Forms:
    return sorted(forms, key=lambda form: (str(form["name"]), str(form["filename"])))


def _ports(param: str, value: List[Mapping[str, Any]]) -> Forms:
    return _by_port(
        {
            "published_port": entry.get("published_port") or 0,
            "target_port": entry["target_port"],
            "protocol": entry.get("protocol") or "tcp",
            "mode": entry.get("mode") or "ingress",
        }
        for entry in value
    )


def _by_port(forms: Any) -> Forms:
    return sorted(
        forms, key=lambda form: (form["published_port"], form["target_port"], form["protocol"])
    )


def _encode_ports(forms: Forms) -> List[Any]:
    return [
        {
            "Protocol": each["protocol"],
            "TargetPort": each["target_port"],
            "PublishMode": each["mode"],
            **({"PublishedPort": each["published_port"]} if each["published_port"] else {}),
        }
        for each in forms
    ]


def _decode_ports(held: List[Mapping[str, Any]]) -> Forms:
    return _by_port(
        {
            "published_port": each.get("PublishedPort", 0),
            "target_port": each["TargetPort"],
            "protocol": each.get("Protocol", "tcp"),
            "mode": each.get("PublishMode", "ingress"),
        }
        for each in held
    )


def _mounts(param: str, value: List[Mapping[str, Any]]) -> Forms:
    forms = []
    for entry in value:
        driver = entry.get("driver_config") or {}
        if entry["type"] in ("bind", "npipe") and not entry.get("source"):
            raise ModuleFailed(f"{param}: {entry['target']} of type {entry['type']} needs a source")
        forms.append(
            {
                "type": entry["type"],
                "source": entry.get("source") or "",
                "target": entry["target"],
                "readonly": bool(entry.get("readonly")),
                "propagation": entry.get("propagation") or "",
                "non_recursive": bool(entry.get("non_recursive")),
                "create_mountpoint": bool(entry.get("create_mountpoint")),
                "subpath": entry.get("subpath") or "",
                "no_copy": bool(entry.get("no_copy")),
                "labels": {str(k): str(v) for k, v in (entry.get("labels") or {}).items()},
                "driver": driver.get("name") or "",
                "driver_options": {
                    str(k): str(v) for k, v in (driver.get("options") or {}).items()
                },
                "tmpfs_size": size(param, entry["tmpfs_size"]) if entry.get("tmpfs_size") else 0,
                "tmpfs_mode": entry.get("tmpfs_mode") or 0,
            }
        )
    return sorted(forms, key=lambda form: str(form["target"]))


def _encode_mounts(forms: Forms) -> List[Any]:
    out = []
    for each in forms:
        mount: Dict[str, Any] = {
            "Type": each["type"],
            "Target": each["target"],
            "ReadOnly": each["readonly"],
        }
        if each["source"]:
            mount["Source"] = each["source"]
        bind = {
            "Propagation": each["propagation"],
            "NonRecursive": each["non_recursive"],
            "CreateMountpoint": each["create_mountpoint"],
        }
        if any(bind.values()):
            mount["BindOptions"] = {key: value for key, value in bind.items() if value}
        volume: Dict[str, Any] = {}
        if each["no_copy"]:
            volume["NoCopy"] = True
        if each["subpath"]:
            volume["Subpath"] = each["subpath"]
        if each["labels"]:
            volume["Labels"] = each["labels"]
        if each["driver"] or each["driver_options"]:
            volume["DriverConfig"] = {"Name": each["driver"], "Options": each["driver_options"]}
        if volume:
            mount["VolumeOptions"] = volume
        tmpfs = {"SizeBytes": each["tmpfs_size"], "Mode": each["tmpfs_mode"]}
        if any(tmpfs.values()):
            mount["TmpfsOptions"] = {key: value for key, value in tmpfs.items() if value}
        out.append(mount)
    return out


def _decode_mounts(held: List[Mapping[str, Any]]) -> Forms:
    forms = []
    for each in held:
        bind = each.get("BindOptions") or {}
        volume = each.get("VolumeOptions") or {}
        driver = volume.get("DriverConfig") or {}
        tmpfs = each.get("TmpfsOptions") or {}
        forms.append(
            {
                "type": each["Type"],
                "source": each.get("Source", ""),
                "target": each["Target"],
                "readonly": bool(each.get("ReadOnly")),
                "propagation": bind.get("Propagation", ""),
                "non_recursive": bool(bind.get("NonRecursive")),
                "create_mountpoint": bool(bind.get("CreateMountpoint")),
                "subpath": volume.get("Subpath", ""),
                "no_copy": bool(volume.get("NoCopy")),
                "labels": volume.get("Labels") or {},
                "driver": driver.get("Name", ""),
                "driver_options": driver.get("Options") or {},
                "tmpfs_size": tmpfs.get("SizeBytes", 0),
                "tmpfs_mode": tmpfs.get("Mode", 0),
            }
        )
    return sorted(forms, key=lambda form: str(form["target"]))


def _encode_networks(forms: Forms) -> List[Any]:
    return [
        {
            "Target": each["id"],
            **({"Aliases": each["aliases"]} if each["aliases"] else {}),
            **({"DriverOpts": each["options"]} if each["options"] else {}),
        }
        for each in forms
    ]


def _decode_networks(held: List[Mapping[str, Any]]) -> Forms:
    forms = [
        {
            "id": each["Target"],
            "aliases": sorted(each.get("Aliases") or []),
            "options": each.get("DriverOpts") or {},
        }
        for each in held
    ]
    return sorted(forms, key=lambda form: str(form["id"]))
