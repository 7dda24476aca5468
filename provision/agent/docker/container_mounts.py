"""One entry of docker_container's mounts, as asked for and as an Engine tells it."""

from __future__ import annotations

from typing import Any, Dict, Mapping

from provision.agent.docker.units import size
from provision.agent.task import ModuleFailed

_ONLY = {
    "bind": (
        "propagation", "create_mountpoint", "non_recursive", "read_only_non_recursive",
        "read_only_force_recursive",
    ),
    "volume": ("no_copy", "labels", "volume_driver", "volume_options", "subpath"),
    "tmpfs": ("tmpfs_size", "tmpfs_mode", "tmpfs_options"),
    "image": ("subpath",),
}  # fmt: skip


def mount(entry: Mapping[str, Any]) -> Dict[str, Any]:
    """What the Engine takes.

    Raises:
        ModuleFailed: an option of another type of mount, or a source is missing.
    """
    kind, target = entry["type"], entry["target"]
    own = _ONLY.get(kind, ())
    for options in _ONLY.values():
        for option in options:
            if entry[option] is not None and option not in own:
                raise ModuleFailed(f"mounts: {target} is a {kind}, which has no {option}")
    if kind in ("bind", "image", "npipe", "cluster") and not entry["source"]:
        raise ModuleFailed(f"mounts: {target} is a {kind} and needs a source")
    driver = {"Name": entry["volume_driver"], "Options": _texts(entry["volume_options"])}
    out = {
        "Type": kind,
        "Source": entry["source"],
        "Target": target,
        "ReadOnly": entry["read_only"],
        "Consistency": entry["consistency"],
        "BindOptions": {
            "Propagation": entry["propagation"],
            "CreateMountpoint": entry["create_mountpoint"],
            "NonRecursive": entry["non_recursive"],
            "ReadOnlyNonRecursive": entry["read_only_non_recursive"],
            "ReadOnlyForceRecursive": entry["read_only_force_recursive"],
        },
        "VolumeOptions": {
            "NoCopy": entry["no_copy"],
            "Labels": _texts(entry["labels"]),
            "DriverConfig": driver,
            "Subpath": entry["subpath"] if kind == "volume" else None,
        },
        "ImageOptions": {"Subpath": entry["subpath"] if kind == "image" else None},
        "TmpfsOptions": {
            "SizeBytes": None
            if entry["tmpfs_size"] is None
            else size("mounts.tmpfs_size", entry["tmpfs_size"]),
            "Mode": _octal(entry["tmpfs_mode"]),
            "Options": [
                [str(k)] if v is None else [str(k), str(v)]
                for option in entry["tmpfs_options"] or ()
                for k, v in option.items()
            ],
        },
    }
    return told_mount(out)


def told_mount(held: Mapping[str, Any]) -> Dict[str, Any]:
    """An Engine's own words without what says nothing."""
    return {key: value for key, value in _pruned(held).items() if value != "default"}


def _pruned(value: Mapping[str, Any]) -> Dict[str, Any]:
    kept = {k: _pruned(v) if isinstance(v, Mapping) else v for k, v in value.items()}
    return {k: v for k, v in kept.items() if v not in (None, "", {}, [], False)}


def _octal(value: Any) -> Any:
    if value is None:
        return None
    try:
        return int(str(value), 8)
    except ValueError:
        raise ModuleFailed(f"mounts.tmpfs_mode: '{value}' is not octal, such as 1777") from None


def _texts(given: Any) -> Dict[str, str]:
    return {str(key): str(value) for key, value in (given or {}).items()}
