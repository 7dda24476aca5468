"""A registry of the cluster's own: its image, its certificates, and the play that runs it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from provision.agent.docker import images
from provision.agent.docker.image_names import full_name, split_name
from provision.cluster import certificates
from provision.cluster.cluster import Cluster
from provision.cluster.engines import engine_of, refusals
from provision.cluster.images.layer import Tree
from provision.cluster.images.pack import Settings, pack
from provision.cluster.images.programs import add_package
from provision.cluster.images.push import Pushed, Say, push
from provision.cluster.images.source import ImageSource, image_source
from provision.cluster.plays import require_playbooks
from provision.cluster.tls import RENEW_BEFORE, TlsFiles
from provision.engine.events import Subscriber
from provision.errors import UsageError, did_you_mean
from provision.machines.store import ClusterStore
from provision.transport.pool import SessionPool

PACKED = "provision-registry:2"
"""The image that is made where none is named."""
PACKAGE = "docker-registry"
PORT = 5000


@dataclass(frozen=True, slots=True)
class Registry:
    """Where a cluster's registry is.

    Parameters:
        node: whose disk holds the images.
        host: what nodes call it by.
    """

    node: str
    host: str
    port: int
    image: str

    @property
    def address(self) -> str:
        """What images' names begin with."""
        return f"{self.host}:{self.port}"

    def name(self, image: str) -> str:
        """An image's name in this registry."""
        return image if image.startswith(f"{self.address}/") else f"{self.address}/{image}"


def of(cluster: Cluster) -> Registry:
    """The registry that `provision image registry` made.

    Raises:
        UsageError: it made none.
    """
    path = _variables(cluster.store)
    if not path.exists():
        raise UsageError(
            f"cluster '{cluster.name}' has no registry", hint="`provision image registry` runs one"
        )
    held = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Registry(
        held["registry_node"], held["registry_host"], held["registry_port"], held["registry_image"]
    )


def declare(
    cluster: Cluster, node: str | None, host: str | None, port: int | None, image: str | None
) -> Registry:
    """The registry as asked for; what is not said stays as it was.

    Raises:
        UsageError: there is no such node.
    """
    cluster.require_machines()
    before = of(cluster) if _variables(cluster.store).exists() else None
    managers = [each.name for each in cluster.nodes if each.swarm == "manager"]
    chosen = node or (before.node if before else managers[0])
    if chosen.isdigit():
        chosen = f"{cluster.name}-node-{chosen}"
    if chosen not in cluster.endpoints:
        known = list(cluster.endpoints)
        raise UsageError(
            f"cluster '{cluster.name}' has no node '{chosen}'",
            hint=did_you_mean(chosen, known) or f"there are: {', '.join(known)}",
        )
    address = cluster.endpoints[chosen].cluster_address
    kept = before.host if before and before.node == chosen else None
    return Registry(
        chosen,
        host or kept or address,
        port or (before.port if before else PORT),
        image or (before.image if before else PACKED),
    )


def run(
    cluster: Cluster, registry: Registry, say: Say, subscribers: Sequence[Subscriber] = ()
) -> None:
    """Bring its image to its node where it is packed here, and run the play.

    Raises:
        MachineError: the image did not get there, or the play failed.
    """
    with cluster.store.lock():
        _certificates(cluster, registry)
        cluster.store.write_file(
            _variables(cluster.store),
            yaml.safe_dump(
                {
                    "registry_node": registry.node,
                    "registry_host": registry.host,
                    "registry_port": registry.port,
                    "registry_image": registry.image,
                    "registry_tls_files": str(_files(cluster.store)),
                }
            ),
        )
        if registry.image == PACKED:
            _bring_packed(cluster, registry.node, say)
        with SessionPool() as sessions:
            require_playbooks(
                cluster,
                ["registry"],
                sessions=sessions,
                subscribers=subscribers,
                hint="`provision service logs registry` shows what the registry says",
            )


def publish(cluster: Cluster, registry: Registry, source: ImageSource, say: Say) -> list[Pushed]:
    """Push images to the registry, through the Engine of its node; what became of that node.

    Raises:
        TaskFailed: the registry or the Engine refused.
    """
    done = push(cluster, source, [registry.node], say)
    if any(each.error for each in done):
        return done
    engine = engine_of(cluster, registry.node).waiting()
    for name in source.images:
        target = registry.name(full_name(name))
        repository, tag = split_name(target)
        with refusals(registry.node):
            images.tag(engine, name, repository, tag)
            new = images.push(engine, target)
        say(registry.node, f"{target}: {'pushed' if new else 'the registry has it already'}")
    return done


def _bring_packed(cluster: Cluster, node: str, say: Say) -> None:
    with refusals(node):
        if images.find_image(engine_of(cluster, node), PACKED) is not None:
            return
    with tempfile.TemporaryDirectory(prefix="provision-registry-") as scratch:
        archive = Path(scratch, "registry.tar")
        say("", f"packing Debian's {PACKAGE} as {PACKED}")
        tree = Tree()
        folder = Path(scratch, "deb")
        folder.mkdir()
        add_package(tree, PACKAGE, folder)
        pack(PACKED, tree, Settings(entrypoint=["/usr/bin/docker-registry"]), archive)
        (source,) = image_source([str(archive)])
        for each in push(cluster, source, [node], say):
            if each.error is not None:
                raise each.error


def _files(store: ClusterStore) -> Path:
    return store.directory / "registry"


def _variables(store: ClusterStore) -> Path:
    return store.secrets.with_name("registry.yml")


def _certificates(cluster: Cluster, registry: Registry) -> None:
    """An authority of the registry's own: its certificates open no Docker Engine."""
    folder = _files(cluster.store)
    write: Callable[[Path, str], None] = cluster.store.write_file

    def paths(name: str) -> tuple[Path, Path]:
        return folder / f"{name}.pem", folder / f"{name}-key.pem"

    def fresh(pair: certificates.Pair | None) -> bool:
        return pair is not None and pair.days_left() >= RENEW_BEFORE

    authority = TlsFiles.read(paths("ca"))
    if authority is None or not fresh(authority):
        authority = certificates.new_authority(f"{cluster.name} registry")
        TlsFiles.write(write, paths("ca"), authority)
    names = [registry.host, registry.node, cluster.endpoints[registry.node].cluster_address]
    names = list(dict.fromkeys(filter(None, [*names, "localhost", "127.0.0.1"])))
    server = TlsFiles.read(paths("server"))
    if server is None or not (
        fresh(server) and server.issued_by(authority) and server.names == set(names)
    ):
        TlsFiles.write(write, paths("server"), certificates.new_server(authority, names))
    client = TlsFiles.read(paths("client"))
    if client is None or not (fresh(client) and client.issued_by(authority)):
        made = certificates.new_client(authority, f"{cluster.name} nodes")
        TlsFiles.write(write, paths("client"), made)
