"""One bridge network per cluster, with a subnet that collides with nothing."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from provision.errors import MachineError, UsageError
from provision.machines import subnets
from provision.machines.docker.engine import Engine, said
from provision.machines.docker.labels import owner_labels, require_owner

if TYPE_CHECKING:
    from docker.models.networks import Network

    from provision.machines.driver import ClusterSpec, Progress


def network_name(cluster: str) -> str:
    return f"provision-{cluster}"


def find(engine: Engine, cluster: ClusterSpec) -> Network | None:
    """The cluster's network, or None.

    Raises:
        UsageError: a network of that name is not ours.
    """
    name = network_name(cluster.name)
    with said(f"look for network {name}"):
        for network in engine.client.networks.list(names=[name]):
            if network.name == name:  # the engine's filter matches parts of names
                require_owner("network", name, network.attrs.get("Labels"), cluster)
                return network
    return None


def subnet_of(network: Network) -> ipaddress.IPv4Network:
    """The IPv4 subnet of a network of ours."""
    for config in network.attrs["IPAM"]["Config"] or ():
        parsed = ipaddress.ip_network(config["Subnet"])
        if isinstance(parsed, ipaddress.IPv4Network):
            return parsed
    raise MachineError(f"network {network.name} has no IPv4 subnet", hint="destroy the cluster")


def check(engine: Engine, cluster: ClusterSpec, highest_index: int) -> None:
    """Refuse a subnet that is malformed, too small or colliding; touches nothing.

    Raises:
        UsageError: with what it collides with.
    """
    wanted = subnets.parse(cluster.subnet) if cluster.subnet else None
    existing = find(engine, cluster)
    if existing is not None:
        subnet = subnet_of(existing)
        if wanted is not None and wanted != subnet:
            raise UsageError(
                f"cluster {cluster.name} already has subnet {subnet}, not {wanted}",
                hint="leave the subnet out, or take the cluster down first",
            )
        subnets.address(subnet, highest_index)
        return
    if wanted is None:
        return
    subnets.address(wanted, highest_index)
    if other := subnets.collision(wanted, _taken(engine)):
        raise UsageError(
            f"subnet {wanted} collides with {other}",
            hint="choose another, or leave it out: provision finds a free one",
        )


def ensure(engine: Engine, cluster: ClusterSpec, say: Progress) -> Network:
    """The cluster's network, made if absent.

    Raises:
        MachineError: no free subnet, or the engine refuses.
    """
    existing = find(engine, cluster)
    if existing is not None:
        return existing
    if cluster.subnet:
        return _make(engine, cluster, subnets.parse(cluster.subnet), say)
    taken = _taken(engine)
    for subnet in subnets.candidates(cluster.name):
        if subnets.collision(subnet, taken) is None:
            try:
                return _make(engine, cluster, subnet, say)
            except MachineError as error:
                # Somebody took it between our look and our request: the next one, then.
                if "overlap" not in error.message.lower():
                    raise
    raise MachineError(
        "no free subnet for the cluster: everything provision would choose is taken",
        hint="name one with --subnet, or remove unused networks: docker network prune",
    )


def remove(engine: Engine, cluster: ClusterSpec) -> None:
    """Remove the cluster's network; absent is fine."""
    network = find(engine, cluster)
    if network is not None:
        with said(f"remove network {network.name}"):
            network.remove()


def _make(
    engine: Engine, cluster: ClusterSpec, subnet: ipaddress.IPv4Network, say: Progress
) -> Network:
    from docker.types import IPAMConfig, IPAMPool

    name = network_name(cluster.name)
    with said(f"make network {name} ({subnet})"):
        network = engine.client.networks.create(
            name,
            driver="bridge",
            ipam=IPAMConfig(pool_configs=[IPAMPool(subnet=str(subnet), gateway=str(subnet[1]))]),
            labels=owner_labels(cluster),
            check_duplicate=True,
        )
        network.reload()
    say("", f"network {name}: {subnet}")
    return network


def _taken(engine: Engine) -> dict[ipaddress.IPv4Network, str]:
    """Subnets of the engine's networks and of the host's routes."""
    taken: dict[ipaddress.IPv4Network, str] = {}
    with said("list networks"):
        networks = engine.client.networks.list()
    for network in networks:
        for config in network.attrs["IPAM"].get("Config") or ():
            parsed = ipaddress.ip_network(config["Subnet"], strict=False)
            if isinstance(parsed, ipaddress.IPv4Network):
                taken[parsed] = f"Docker network {network.name}"
    if engine.is_local:
        for route, user in subnets.host_routes().items():
            taken.setdefault(route, user)
    return taken
