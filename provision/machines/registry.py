"""Drivers by name: those built in, and third parties' by entry point."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from provision.errors import UsageError, did_you_mean
from provision.machines.driver import Driver

GROUP = "provision.drivers"
"""Entry points of this group name a callable that takes the driver's options."""

# Name -> module and class; imported only when used.
_BUILT_IN = {
    "docker": ("provision.machines.docker.driver", "DockerDriver"),
    "vagrant": ("provision.machines.vagrant.driver", "VagrantDriver"),
    "static": ("provision.machines.static", "StaticDriver"),
}
# What `auto` never stands for: it needs to be told about servers.
_ASKED_FOR_ONLY = frozenset({"static"})
_WHY = {
    "docker": "a Docker Engine answers; machines are system containers on it",
    "vagrant": "Vagrant and libvirt work; machines are VMs",
}


def driver_names() -> list[str]:
    """Every driver that can be named, built in first."""
    return [*_BUILT_IN, *sorted(set(_third_party()) - set(_BUILT_IN))]


def get_driver(name: str, options: Mapping[str, str]) -> Driver:
    """A driver with its options.

    Raises:
        UsageError: unknown driver or option, or a third party's that cannot be loaded.
    """
    if name in _BUILT_IN:
        module, attribute = _BUILT_IN[name]
        factory = getattr(importlib.import_module(module), attribute)
    elif (found := _third_party().get(name)) is not None:
        try:
            factory = found.load()
        except (ImportError, AttributeError) as error:
            raise UsageError(
                f"driver '{name}' cannot be loaded from {found.value}: {error}",
                hint="reinstall the package that brought it",
            ) from error
    else:
        names = driver_names()
        raise UsageError(
            f"unknown driver '{name}'",
            hint=did_you_mean(name, names) or f"there are: {', '.join(names)}",
        )
    return cast(Driver, factory(options))


def choose_driver() -> tuple[str, str]:
    """The driver that ``auto`` stands for, and why.

    VMs of VirtualBox come first: who installed it wants them, and they are the nearest to servers.
    Containers come before libvirt's VMs: they start in seconds, and libvirt is on many hosts for
    other reasons.

    Raises:
        UsageError: none works here, with what each lacks.
    """
    if not get_driver("vagrant", {"provider": "virtualbox"}).check():
        return "vagrant", "VirtualBox works; machines are VMs"
    problems: list[str] = []
    for name in driver_names():
        if name in _ASKED_FOR_ONLY:
            continue
        found = get_driver(name, {}).check()
        if not found:
            return name, "; ".join([_WHY.get(name, "it works here"), *problems])
        problems += [f"{name}: {problem}" for problem in found]
    raise UsageError(
        "no driver works here: " + "; ".join(problems),
        hint="`provision doctor` says what is missing and what installs it",
    )


def _third_party() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}
