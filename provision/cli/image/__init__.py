"""provision image: what machines start from, and what services run."""

from __future__ import annotations

import importlib

import click

from provision.cli.context import common_options
from provision.cli.lazy import LazyGroup

COMMANDS = {
    "push": ("push", "Load an image on the nodes that lack it, without a registry."),
    "pack": ("pack", "Make an image of programs and files, without a registry."),
    "registry": ("registry", "Run a registry with TLS in the swarm, trusted by its nodes."),
    "ls": ("nodes", "List the node images, and what is kept of downloaded packages."),
    "node": ("nodes", "Make the image that container nodes start from."),
    "bake": ("nodes", "Make a node image with Docker and Consul in it."),
    "rm": ("nodes", "Remove node images that no machine is made from."),
    "prune": ("nodes", "Remove all unused node images and kept packages."),
    "box": ("nodes", "Make a Vagrant box from Debian packages."),
}
"""name -> (module here that holds it, its one-line help)."""


class ImageCommands(LazyGroup):
    known = COMMANDS

    def load(self, name: str) -> click.Command:
        module = importlib.import_module(f"{__name__}.{COMMANDS[name][0]}")
        command: click.Command = getattr(module, name)
        return command


@click.group("image", cls=ImageCommands)
@common_options
def command() -> None:
    """Images: what machines start from, and what services run."""
