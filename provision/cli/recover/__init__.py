"""provision recover: what is never done unasked."""

from __future__ import annotations

import importlib

import click

from provision.cli.context import common_options
from provision.cli.lazy import LazyGroup

COMMANDS = {
    "consul": ("consul", "Make a cluster of the Consul servers that are left."),
    "swarm": ("swarm", "Make a swarm of a manager that is left."),
    "manager": ("manager", "Have a manager that was given up leave with its old state."),
}
"""name -> (module here that holds it, its one-line help)."""


class RecoverCommands(LazyGroup):
    known = COMMANDS

    def load(self, name: str) -> click.Command:
        module = importlib.import_module(f"{__name__}.{COMMANDS[name][0]}")
        command: click.Command = module.command
        return command


@click.group("recover", cls=RecoverCommands)
@common_options
def command() -> None:
    """After the loss of a quorum: go on with what is left.

    Says first what will be lost. Nothing here is ever done by another command.
    """
