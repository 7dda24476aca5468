"""What the running kernel can do, without trying it: from proc, sys, and the kernel's own lists.

Imports nothing of provision: where only programs can be run, this file is fed to the node's Python,
and prints what it found there.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from typing import List, NamedTuple, Optional


class Feature(NamedTuple):
    """A thing a cluster may need of the kernel.

    Parameters:
        module: the kernel module that has it.
        option: the kernel's build option for it.
        purpose: what does not work without it.
        instead: what does.
    """

    name: str
    module: str
    option: str
    purpose: str
    instead: str = ""

    @property
    def without(self) -> str:
        """What a kernel that lacks it cannot do."""
        return f"no {self.purpose}" + (f" (instead: {self.instead})" if self.instead else "")

    @property
    def fix(self) -> str:
        """What brings it."""
        return (
            f"modprobe {self.module}; "
            "if there is no such module, boot Debian's own kernel (linux-image-amd64)"
        )


FEATURES = (
    Feature("overlayfs", "overlay", "CONFIG_OVERLAY_FS", "storage for Docker", "vfs, which copies"),
    Feature("bridge", "bridge", "CONFIG_BRIDGE", "networks of containers"),
    Feature("veth", "veth", "CONFIG_VETH", "networks of containers"),
    Feature("conntrack", "nf_conntrack", "CONFIG_NF_CONNTRACK", "published ports, and NAT at all"),
    Feature(
        "bridge netfilter",
        "br_netfilter",
        "CONFIG_BRIDGE_NETFILTER",
        "published ports reached from containers of the same node",
    ),
    Feature("VXLAN", "vxlan", "CONFIG_VXLAN", "overlay networks"),
    Feature(
        "IPVS",
        "ip_vs",
        "CONFIG_IP_VS",
        "routing mesh and virtual IPs of Swarm",
        "publish with mode=host, use endpoint mode dnsrr",
    ),
    Feature("ESP", "esp4", "CONFIG_INET_ESP", "encrypted overlay networks"),
)

LOADED, BUILT_IN, MODULE = "loaded", "built in", "available as a module"


def has(feature: Feature, root: str = "/", release: Optional[str] = None) -> Optional[str]:
    """How the kernel has a feature: loaded, built in, or available as a module; None if not.

    Parameters:
        root: where proc, sys, boot and lib are.
        release: the kernel's; None for the running one's.
    """
    module, release = feature.module, release or platform.release()
    if any(line.split()[:1] == [module] for line in _lines(root, "proc/modules")):
        return LOADED
    modules = os.path.join("lib/modules", release)
    if (
        any(line.split()[-1:] == [module] for line in _lines(root, "proc/filesystems"))
        or os.path.isdir(os.path.join(root, "sys/module", module))
        or _lists(_lines(root, modules, "modules.builtin"), module)
    ):
        return BUILT_IN
    if _lists(_lines(root, modules, "modules.dep"), module):
        return MODULE
    if any(feature.option + "=y" in config for config in _configs(root, release)):
        return BUILT_IN
    return None


def lacking(root: str = "/", release: Optional[str] = None) -> List[Feature]:
    """What the kernel surely lacks; nothing where it does not tell how it was built.

    A container sees the kernel's modules only where /lib/modules is mounted, so its lists count
    only if the kernel's configuration rules modules out.
    """
    release = release or platform.release()
    configs = [config for config in _configs(root, release) if config]
    listed = bool(_lines(root, "lib/modules", release, "modules.dep"))
    return [
        feature
        for feature in FEATURES
        if has(feature, root, release) is None
        and (listed or any(feature.option + "=m" not in config for config in configs))
    ]


class Survey(NamedTuple):
    """What there is to know of a kernel.

    Parameters:
        boot: the same in all containers of a machine, until it boots again.
        lacking: names of features.
    """

    release: str
    boot: str
    lacking: List[str]


def survey() -> Survey:
    """Look at the kernel that this runs on."""
    boot = _lines("/", "proc/sys/kernel/random/boot_id")
    names = [feature.name for feature in lacking()]
    return Survey(platform.release(), boot[0] if boot else "", names)


def _configs(root: str, release: str) -> List[List[str]]:
    return [_lines(root, "proc/config.gz"), _lines(root, f"boot/config-{release}")]


def _lines(*parts: str) -> List[str]:
    path = os.path.join(*parts)
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        return []
    if path.endswith(".gz"):
        import gzip

        content = gzip.decompress(content)
    return content.decode(errors="replace").splitlines()


def _lists(listing: List[str], module: str) -> bool:
    """Whether modules.builtin or modules.dep names MODULE.ko; there - and _ are the same."""
    return any(
        os.path.basename(line.partition(":")[0]).partition(".ko")[0].replace("-", "_") == module
        for line in listing
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(survey()._asdict()))
