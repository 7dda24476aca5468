"""The first shape of a cluster's VMs: its provider, its networks, what each provider needs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from provision.machines import host_limits, subnets
from provision.machines.driver import ClusterSpec, MachineSpec, Progress
from provision.machines.vagrant import provider as vagrant_provider
from provision.machines.vagrant.options import Options
from provision.machines.vagrant.shape import mark, network_names, pick_subnets


def first_shape(cluster: ClusterSpec, options: Options, say: Progress) -> dict[str, Any]:
    """A shape without machines; what it settles stays for as long as the cluster exists.

    Raises:
        UsageError: the subnet asked for cannot be had.
    """
    provider, why = _provider(options)
    say("", f"vagrant provider {provider}: {why}")
    subnet, way_out = pick_subnets(cluster, provider)
    network, nat = network_names(cluster)
    shape: dict[str, Any] = {
        "cluster": cluster.name,
        "provider": provider,
        "subnet": subnet,
        "netmask": str(subnets.parse(subnet).netmask),
        "network": network,
        "boot_timeout": options.boot_timeout,
        "machines": [],
    }
    if provider == "virtualbox":
        shape["interfaces_before"] = list(vagrant_provider.host_only_interfaces())
    if provider == "libvirt":
        virtualization = options.virtualization
        works = vagrant_provider.kvm_works()
        if virtualization == "auto":
            virtualization = "kvm" if works else "qemu"
        if virtualization == "qemu":
            say("", "no VT-x or AMD-V is used: machines are emulated, and slow")
        elif not works:
            say("", "KVM was asked for, but the CPU shows neither VT-x nor AMD-V: it may hang")
        shape["libvirt"] = {
            "driver": virtualization,
            "mark": mark(cluster),
            "management_network": nat,
            "management_subnet": way_out,
            **options.direct_boot,
        }
    return shape


def _provider(options: Options) -> tuple[str, str]:
    if options.provider != "auto":
        return options.provider, "asked for"
    if not (lacking := vagrant_provider.problems("virtualbox")):
        return "virtualbox", "VirtualBox works here"
    return "libvirt", f"it works here; {lacking[0].partition(';')[0]}"


def docker_part(specs: Sequence[MachineSpec], say: Progress) -> dict[str, Any]:
    """What Vagrant's docker provider needs to run our node image."""
    from provision.machines import capabilities
    from provision.machines.docker.engine import Engine
    from provision.machines.node_image import NodeImages

    engine = Engine()
    mask = capabilities.engine_bounding_mask()
    arguments = ["--cgroupns=private", f"--security-opt=seccomp={capabilities.seccomp_profile()}"]
    if mask is None or not capabilities.missing(mask):
        arguments.append("--privileged")
    else:
        arguments += [
            *(f"--cap-add={each}" for each in capabilities.names(mask)),
            *(f"--security-opt={each}=unconfined" for each in ("apparmor", "systempaths")),
            "--device-cgroup-rule=a *:* rwm",
        ]
    if Path("/lib/modules").is_dir():
        arguments.append("--volume=/lib/modules:/lib/modules:ro")
    return {
        "image": NodeImages(engine).ensure(next((each.image for each in specs), None), say),
        "nameservers": " ".join(host_limits.nameservers()),
        "create_args": arguments,
    }
