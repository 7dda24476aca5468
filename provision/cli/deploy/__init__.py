"""provision deploy: stacks on the swarm."""

from __future__ import annotations

import importlib

import click

from provision.cli.context import common_options
from provision.cli.lazy import LazyGroup

COMMANDS = {
    "stack": ("stack", "Deploy a stack from compose files, and wait until it runs."),
    "example": ("example", "Deploy an example stack, its image included."),
    "ls": ("show", "List the stacks."),
    "services": ("show", "List a stack's services."),
    "ps": ("show", "List a stack's tasks."),
    "rm": ("remove", "Remove stacks."),
}
"""name -> (module here that holds it, its one-line help)."""


class DeployCommands(LazyGroup):
    known = COMMANDS

    def load(self, name: str) -> click.Command:
        module = importlib.import_module(f"{__name__}.{COMMANDS[name][0]}")
        command: click.Command = getattr(module, name)
        return command


@click.group("deploy", cls=DeployCommands)
@common_options
def command() -> None:
    """Deploy stacks of services on the swarm.

    \b
    provision deploy stack -c docker-compose.yml shop
    provision deploy ps shop
    """
