"""Node images with software already in them, made from a node by committing it.

They are found by their labels, so that a tag can be anything; what they were made from decides
whether they may stand for a node that is yet to be installed.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from provision.errors import UsageError, did_you_mean
from provision.machines.docker.boot import execute
from provision.machines.docker.engine import Engine, said
from provision.machines.docker.labels import CLUSTER, IDENTITY, INDEX, MACHINE, WORKSPACE
from provision.machines.node_image import LABEL, REPOSITORY
from provision.resources import resource

if TYPE_CHECKING:
    from docker.models.images import Image

BAKED_REPOSITORY = "provision-baked"
FINGERPRINT = "provision.baked"
BASE = "provision.baked.base"
BASE_ID = "provision.baked.base-id"

# What the container had of the cluster that it was installed in: a node has its own.
_FORGOTTEN_LABELS = (CLUSTER, IDENTITY, WORKSPACE, MACHINE, INDEX)
_FORGOTTEN_VARIABLES = ("PROVISION_AUTHORIZED_KEY", "PROVISION_NAMESERVERS")


@dataclass(frozen=True, slots=True)
class NodeImage:
    """An image that nodes can be made from.

    Parameters:
        fingerprint: of what was installed in it; "" for a plain node image.
        base, base_id: the node image that it was made from.
        size: bytes.
        machines: names of the containers made from it.
    """

    name: str
    id: str
    size: int
    created: str
    fingerprint: str = ""
    base: str = ""
    base_id: str = ""
    machines: Sequence[str] = ()


def node_images(engine: Engine) -> list[NodeImage]:
    """All node images of an engine, baked ones included, the newest first."""
    from docker.errors import ImageNotFound

    images = []
    with said("list the node images"):
        for listed in engine.client.api.images(filters={"label": LABEL}):
            with suppress(ImageNotFound):  # somebody has just removed it
                images.append(engine.client.images.get(listed["Id"]))
        containers = engine.client.api.containers(all=True)
    users: dict[str, list[str]] = {}
    for container in containers:
        for name in (container["Names"] or ())[:1]:  # none: it is being removed
            users.setdefault(container["ImageID"], []).append(name.lstrip("/"))
    found = [_node_image(image, users.get(str(image.id), [])) for image in images]
    return sorted(found, key=lambda image: image.created, reverse=True)


def baked_match(engine: Engine, base: str, fingerprint: str) -> NodeImage | None:
    """The baked image that was made of this very base image in this very way.

    A base that is not here (any more) could have been made anew, which one cannot tell: its name
    has to do then.
    """
    images = node_images(engine)
    base_ids = {image.id for image in images if image.name == base}
    for image in images:
        same = image.fingerprint == fingerprint and image.base == base
        if same and (not base_ids or image.base_id in base_ids):
            return image
    return None


def commit(engine: Engine, container: str, name: str, fingerprint: str, base: str) -> str:
    """Make an image of a node after taking from it all that is its own; the image's id.

    The node is of no use afterwards.

    Raises:
        MachineError: the node cannot be cleaned, or the engine refuses.
    """
    execute(engine, container, ["sh", "-c", _script()])
    with said(f"commit {container}", container):
        node = engine.client.containers.get(container)
        base_id = str(node.attrs["Image"])
        # Not stopped: going down it would write logs again.
        node.kill()
        node.wait()
        labels = {FINGERPRINT: fingerprint, BASE: base, BASE_ID: base_id}
        changes = [f'LABEL {key}="{value}"' for key, value in labels.items()]
        changes += [f'LABEL {key}=""' for key in _FORGOTTEN_LABELS]
        changes += [f'ENV {key}=""' for key in _FORGOTTEN_VARIABLES]
        repository, _, tag = name.partition(":")
        return str(node.commit(repository=repository, tag=tag, changes=changes).id)


def remove(engine: Engine, names: Sequence[str]) -> int:
    """Remove images by name; how many bytes their sizes were.

    Raises:
        UsageError: there is no such image, it is no node image, or machines are made from it.
    """
    known = {image.name: image for image in node_images(engine)}
    for name in names:
        if name not in known:
            raise UsageError(
                f"there is no node image {name}",
                hint=did_you_mean(name, known) or "`provision image ls` names them",
            )
        if machines := known[name].machines:
            raise UsageError(
                f"machines are made from {name}: {', '.join(machines)}",
                hint="`provision down` removes a cluster with its machines",
            )
    for name in names:
        with said(f"remove image {name}"):
            engine.client.images.remove(name)
    return sum(known[name].size for name in names)


def _script() -> str:
    return resource("images", "node", "forget-identity.sh").read_text(encoding="utf-8")


def _node_image(image: Image, machines: Sequence[str]) -> NodeImage:
    attrs: dict[str, Any] = image.attrs
    labels = image.labels
    ours = (f"{REPOSITORY}:", f"{BAKED_REPOSITORY}:")
    names = sorted(image.tags, key=lambda tag: not tag.startswith(ours))
    return NodeImage(
        name=names[0] if names else str(image.short_id),
        id=str(image.id),
        size=int(attrs["Size"]),
        created=str(attrs["Created"]),
        fingerprint=labels.get(FINGERPRINT, ""),
        base=labels.get(BASE, ""),
        base_id=labels.get(BASE_ID, ""),
        machines=sorted(machines),
    )
