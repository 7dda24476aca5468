"""The vagrant driver's options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from provision.errors import UsageError, did_you_mean

PROVIDERS = ("auto", "virtualbox", "libvirt", "docker")
VIRTUALIZATIONS = ("auto", "kvm", "qemu")

_DIRECT_BOOT = ("kernel", "initrd", "cmdline")
_NAMES = ("provider", "virtualization", "boot-timeout", *_DIRECT_BOOT)


_BOOT_TIMEOUT = 900


@dataclass(frozen=True, slots=True)
class Options:
    """As given with ``--driver-option NAME=VALUE``.

    Parameters:
        provider: ``auto`` is VirtualBox where it works, else libvirt.
        virtualization: libvirt's: ``kvm``, ``qemu`` (emulation), ``auto`` by the CPU.
        boot_timeout: seconds for one machine to boot and answer SSH.
        direct_boot: kernel, initrd (paths) and cmdline for libvirt, for boxes without boot loader.
    """

    provider: str = "auto"
    virtualization: str = "auto"
    boot_timeout: int = _BOOT_TIMEOUT
    direct_boot: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, options: Mapping[str, str]) -> Options:
        """The options from their texts.

        Raises:
            UsageError: unknown, or with a value that makes no sense.
        """
        for name in options:
            if name not in _NAMES:
                raise UsageError(
                    f"the vagrant driver has no option {name!r}",
                    hint=did_you_mean(name, _NAMES) or f"it has: {', '.join(_NAMES)}",
                )
        for name, values in (("provider", PROVIDERS), ("virtualization", VIRTUALIZATIONS)):
            if options.get(name, "auto") not in values:
                raise UsageError(
                    f"vagrant driver option {name} is {options[name]!r}",
                    hint=f"one of: {', '.join(values)}",
                )
        timeout = options.get("boot-timeout", str(_BOOT_TIMEOUT))
        if not timeout.isdigit() or int(timeout) < 1:
            raise UsageError(
                f"vagrant driver option boot-timeout is {timeout!r}", hint="a number of seconds"
            )
        direct = {name: options[name] for name in _DIRECT_BOOT if name in options}
        for name in ("kernel", "initrd"):
            if name in direct:
                direct[name] = str(Path(direct[name]).absolute())
                if not Path(direct[name]).is_file():
                    raise UsageError(f"vagrant driver option {name}: no file {direct[name]}")
        return cls(
            provider=options.get("provider", "auto"),
            virtualization=options.get("virtualization", "auto"),
            boot_timeout=int(timeout),
            direct_boot=direct,
        )
