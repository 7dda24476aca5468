"""A service's volumes as the Spec's Mounts."""

from __future__ import annotations

from typing import Any

from provision.compose.names import Names
from provision.compose.section import Section, given
from provision.compose.short_forms import PROPAGATIONS
from provision.errors import DataError

_KEYS = ("type", "source", "target", "read_only", "consistency", "bind", "volume", "tmpfs")


def mounts(section: Section, names: Names) -> list[dict[str, Any]]:
    """All mounts of a service, by target. Raises DataError."""
    out = []
    for position, entry in enumerate(section.items("volumes")):
        each = Section(entry, f"{section.name}.volumes[{position}]", section.place("volumes"))
        each.only(_KEYS)
        kind = each.choice("type", ("bind", "volume", "tmpfs"))
        target = each.text("target")
        if kind is None or not target:
            raise DataError(f"{each.name} needs type and target", at=each.at)
        for other in ("bind", "volume", "tmpfs"):
            if other in each and other != kind:
                raise DataError(
                    f"{each.name} is a {kind} and has options of a {other}", at=each.place(other)
                )
        mount = {"Type": kind, "Target": target, "ReadOnly": each.flag("read_only") or None}
        options = {"bind": _bind, "volume": _volume, "tmpfs": _tmpfs}[kind]
        out.append(given(**mount, **options(each, names)))
    return sorted(out, key=lambda mount: str(mount["Target"]))


def _bind(each: Section, names: Names) -> dict[str, Any]:
    source = each.text("source")
    if not source:
        raise DataError(f"{each.name}: a bind needs a source", at=each.at)
    options = each.section("bind")
    options.only(("propagation", "create_host_path", "selinux"))
    propagation = options.choice("propagation", PROPAGATIONS)
    return {
        "Source": source,
        "BindOptions": {"Propagation": propagation} if propagation else None,
    }


def _volume(each: Section, names: Names) -> dict[str, Any]:
    options = each.section("volume")
    options.only(("nocopy",))
    copying = options.flag("nocopy") or None
    source = each.text("source")
    if source is None:
        return {"VolumeOptions": given(NoCopy=copying) or None}
    volume = names.volume(source, each.at)
    return {
        "Source": volume.name,
        "VolumeOptions": given(
            NoCopy=copying, Labels=volume.labels or None, DriverConfig=volume.driver
        )
        or None,
    }


def _tmpfs(each: Section, names: Names) -> dict[str, Any]:
    if "source" in each:
        raise DataError(f"{each.name}: a tmpfs has no source", at=each.place("source"))
    options = each.section("tmpfs")
    options.only(("size", "mode"))
    return {
        "TmpfsOptions": given(SizeBytes=options.size("size"), Mode=options.mode("mode")) or None
    }
