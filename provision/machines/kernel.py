"""What the running kernel can do, without trying it: from proc, sys, and the kernel's own lists."""

from __future__ import annotations

import gzip
import platform
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Feature:
    """A thing a cluster may need of the kernel.

    Parameters:
        module: the kernel module that has it.
        option: the kernel's build option for it.
        purpose: what fails without it.
        fix: what brings it.
    """

    name: str
    module: str
    option: str
    purpose: str
    fix: str


_OTHER_KERNEL = "if there is no such module, boot Debian's own kernel (linux-image-amd64)"

FEATURES = (
    Feature("overlayfs", "overlay", "CONFIG_OVERLAY_FS", "storage for Docker", "modprobe overlay"),
    Feature("VXLAN", "vxlan", "CONFIG_VXLAN", "overlay networks of Swarm", "modprobe vxlan"),
    Feature(
        "IPVS",
        "ip_vs",
        "CONFIG_IP_VS",
        "routing mesh and virtual IPs of Swarm (publish with mode=host and use dnsrr then)",
        f"modprobe ip_vs; {_OTHER_KERNEL}",
    ),
    Feature(
        "ESP",
        "esp4",
        "CONFIG_INET_ESP",
        "encrypted overlay networks",
        f"modprobe esp4; {_OTHER_KERNEL}",
    ),
)


def has(feature: Feature, root: Path = Path("/"), release: str | None = None) -> str | None:
    """How the kernel has a feature: loaded, built in, or available as a module; None if not.

    Parameters:
        root: where proc, sys, boot and lib are.
        release: the kernel's; None for the running one's.
    """
    module, release = feature.module, release or platform.release()
    if any(line.split()[:1] == [module] for line in _lines(root / "proc/modules")):
        return "loaded"
    modules = root / "lib/modules" / release
    if (
        any(line.split()[-1:] == [module] for line in _lines(root / "proc/filesystems"))
        or (root / "sys/module" / module).is_dir()
        or _lists(modules / "modules.builtin", module)
    ):
        return "built in"
    if _lists(modules / "modules.dep", module):
        return "available as a module"
    built = {root / "proc/config.gz", root / "boot" / f"config-{release}"}
    if any(f"{feature.option}=y" in _lines(config) for config in built):
        return "built in"
    return None


def _lines(path: Path) -> list[str]:
    try:
        content = path.read_bytes()
    except OSError:
        return []
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    return content.decode(errors="replace").splitlines()


def _lists(listing: Path, module: str) -> bool:
    """Whether modules.builtin or modules.dep names MODULE.ko; there - and _ are the same."""
    return any(
        Path(line.partition(":")[0]).name.partition(".ko")[0].replace("-", "_") == module
        for line in _lines(listing)
    )
