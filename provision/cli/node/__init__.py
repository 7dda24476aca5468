"""provision node: the lives of a cluster's nodes."""

from __future__ import annotations

import importlib

import click

from provision.cli.context import common_options
from provision.cli.lazy import LazyGroup

COMMANDS = {
    "ls": ("show", "List the nodes, their roles and what runs on them."),
    "drain": ("availability", "Move a node's tasks to others; it gets no new ones."),
    "pause": ("availability", "Give a node no new tasks; those it has go on."),
    "activate": ("availability", "Let a node have tasks again."),
    "label": ("label", "Set and remove a node's labels."),
    "promote": ("roles", "Make a node a manager and a Consul server."),
    "demote": ("roles", "Make a node a worker and a Consul client."),
    "remove": ("removal", "Take a node out of the cluster and destroy it."),
    "replace": ("removal", "Destroy a node and make it again under its name."),
}
"""name -> (module here that holds it, its one-line help)."""


class NodeCommands(LazyGroup):
    known = COMMANDS

    def load(self, name: str) -> click.Command:
        module = importlib.import_module(f"{__name__}.{COMMANDS[name][0]}")
        command: click.Command = getattr(module, name)
        return command


@click.group("node", cls=NodeCommands)
@common_options
def command() -> None:
    """The lives of the cluster's nodes: in the swarm, in Consul, as machines.

    NODE is a node's name, or its number in the cluster.
    """
