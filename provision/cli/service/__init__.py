"""provision service: what runs on the swarm."""

from __future__ import annotations

import importlib

import click

from provision.cli.context import common_options
from provision.cli.lazy import LazyGroup

COMMANDS = {
    "ls": ("show", "List the services."),
    "ps": ("show", "List services' tasks."),
    "inspect": ("show", "Print services as the Engine tells them."),
    "logs": ("logs", "Show what a service's containers write."),
    "scale": ("change", "Give services another number of tasks."),
    "update": ("update", "Change a service's settings."),
    "rollback": ("change", "Bring a service back to what it was before."),
    "rm": ("change", "Remove services."),
}
"""name -> (module here that holds it, its one-line help)."""


class ServiceCommands(LazyGroup):
    known = COMMANDS

    def load(self, name: str) -> click.Command:
        module = importlib.import_module(f"{__name__}.{COMMANDS[name][0]}")
        command: click.Command = getattr(module, name)
        return command


@click.group("service", cls=ServiceCommands)
@common_options
def command() -> None:
    """Look at and change the swarm's services, with the options of `docker service`.

    They are asked of a manager's Engine over TLS, or through SSH where its port has no way; no
    docker program is needed. `provision deploy stack` makes services.
    """
