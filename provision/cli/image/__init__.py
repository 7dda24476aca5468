"""provision image: what machines start from, and what services run."""

from __future__ import annotations

import click

from provision.cli.context import common_options
from provision.cli.lazy import LazyGroup

COMMANDS = {
    "push": ("push:push", "Load an image on the nodes that lack it, without a registry."),
    "pack": ("pack:pack", "Make an image of programs and files, without a registry."),
    "registry": (
        "registry:registry",
        "Run a registry with TLS in the swarm, trusted by its nodes.",
    ),
    "ls": ("nodes:ls", "List the node images, and what is kept of downloaded packages."),
    "node": ("nodes:node", "Make the image that container nodes start from."),
    "bake": ("nodes:bake", "Make a node image with Docker and Consul in it."),
    "rm": ("nodes:rm", "Remove node images that no machine is made from."),
    "prune": ("nodes:prune", "Remove all unused node images and kept packages."),
    "box": ("nodes:box", "Make a Vagrant box from Debian packages."),
}


@click.group("image", cls=LazyGroup, package=__name__, table=COMMANDS)
@common_options
def command() -> None:
    """Images: what machines start from, and what services run."""
