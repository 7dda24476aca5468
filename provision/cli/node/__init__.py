"""provision node: the lives of a cluster's nodes."""

from __future__ import annotations

import click

from provision.cli.context import common_options
from provision.cli.lazy import LazyGroup

COMMANDS = {
    "ls": ("show:ls", "List the nodes, their roles and what runs on them."),
    "drain": ("availability:drain", "Move a node's tasks to others; it gets no new ones."),
    "pause": ("availability:pause", "Give a node no new tasks; those it has go on."),
    "activate": ("availability:activate", "Let a node have tasks again."),
    "label": ("label:label", "Set and remove a node's labels."),
    "promote": ("roles:promote", "Make a node a manager and a Consul server."),
    "demote": ("roles:demote", "Make a node a worker and a Consul client."),
    "remove": ("removal:remove", "Take a node out of the cluster and destroy it."),
    "replace": ("removal:replace", "Destroy a node and make it again under its name."),
}


@click.group("node", cls=LazyGroup, package=__name__, table=COMMANDS)
@common_options
def command() -> None:
    """The lives of the cluster's nodes: in the swarm, in Consul, as machines.

    NODE is a node's name, or its number in the cluster.
    """
