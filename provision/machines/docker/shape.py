"""What may be asked of one engine: memory, CPUs, disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from provision.errors import UsageError
from provision.machines.driver import MachineSpec

MINIMUM_MEMORY = 256
"""MiB. systemd, sshd, dockerd and Consul together do not fit in less."""

_MIB = 1 << 20

# Storage drivers that can bound a container's own file system.
_BOUNDED = ("btrfs", "zfs", "devicemapper")


def check_shape(info: Mapping[str, Any], specs: Sequence[MachineSpec]) -> None:
    """Refuse machines that the engine's host cannot hold.

    Parameters:
        info: the engine's ``GET /info``.

    Raises:
        UsageError: naming the numbers.
    """
    host_memory = int(info["MemTotal"]) // _MIB
    host_cpus = int(info["NCPU"])
    for spec in specs:
        if spec.memory < MINIMUM_MEMORY:
            raise UsageError(
                f"{spec.name} would have {spec.memory} MiB of memory; "
                f"a node needs at least {MINIMUM_MEMORY} MiB",
                hint="2048 MiB is comfortable",
            )
        if not 0 < spec.cpus <= host_cpus:
            raise UsageError(
                f"{spec.name} would have {spec.cpus:g} CPUs; this host has {host_cpus}",
                hint=f"give each machine at most {host_cpus}; machines share them",
            )
        if spec.disk is not None and spec.disk < 1:
            raise UsageError(f"{spec.name} would have {spec.disk} GiB of disk", hint="at least 1")
    total = sum(spec.memory for spec in specs)
    if total > host_memory:
        sizes = " + ".join(str(spec.memory) for spec in specs)
        raise UsageError(
            f"{len(specs)} machines need {total} MiB of memory ({sizes}); "
            f"this host has {host_memory} MiB",
            hint=f"at most {host_memory // max(1, len(specs))} MiB each, or fewer machines",
        )


def disk_note(info: Mapping[str, Any], specs: Sequence[MachineSpec]) -> str | None:
    """Why ``disk`` is not enforced here; None if it is, or is not asked for."""
    if not any(spec.disk for spec in specs) or enforces_disk(info):
        return None
    return (
        f"the disk size is not enforced: storage driver {info.get('Driver')} on "
        f"{_backing(info)} cannot bound a container (overlay2 on XFS with pquota can)"
    )


def enforces_disk(info: Mapping[str, Any]) -> bool:
    """Whether the engine says that it can bound a container's file system."""
    if info.get("Driver") in _BOUNDED:
        return True
    # With XFS the mount option decides: the engine tells only when asked to do it.
    return info.get("Driver") == "overlay2" and _backing(info) == "xfs"


def _backing(info: Mapping[str, Any]) -> str:
    for key, value in info.get("DriverStatus") or ():
        if key == "Backing Filesystem":
            return str(value)
    return "this file system"
