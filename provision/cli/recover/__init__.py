"""provision recover: what is never done unasked."""

from __future__ import annotations

import click

from provision.cli.context import common_options
from provision.cli.lazy import LazyGroup

COMMANDS = {
    "consul": ("consul:command", "Make a cluster of the Consul servers that are left."),
    "swarm": ("swarm:command", "Make a swarm of a manager that is left."),
    "manager": ("manager:command", "Have a manager that was given up leave with its old state."),
}


@click.group("recover", cls=LazyGroup, package=__name__, table=COMMANDS)
@common_options
def command() -> None:
    """After the loss of a quorum: go on with what is left.

    Says first what will be lost. Nothing here is ever done by another command.
    """
