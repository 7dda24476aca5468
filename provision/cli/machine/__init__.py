"""provision machine: docker-machine's commands."""

from __future__ import annotations

import importlib

import click

from provision.cli.context import common_options
from provision.cli.lazy import LazyGroup

COMMANDS = {
    "create": ("create", "Create a machine with Docker, or adopt a server."),
    "ls": ("show", "List machines."),
    "ssh": ("files", "Open a shell on a machine, or run a command there."),
    "scp": ("files", "Copy files to, from and between machines."),
    "mount": ("files", "Mount a machine's folder with sshfs."),
    "ip": ("show", "Print machines' addresses."),
    "url": ("show", "Print the addresses of machines' Docker Engines."),
    "env": ("env", "Print the variables that lead docker to a machine."),
    "config": ("env", "Print the options that lead docker to a machine."),
    "active": ("show", "Print which machine docker talks to in this shell."),
    "status": ("show", "Print a machine's state."),
    "inspect": ("show", "Print all that is known of a machine."),
    "version": ("show", "Print the version of a machine's Docker."),
    "start": ("power", "Power machines on."),
    "stop": ("power", "Power machines off."),
    "restart": ("power", "Power machines off and on."),
    "kill": ("power", "Power machines off at once."),
    "rm": ("power", "Remove machines."),
    "provision": ("upkeep", "Set machines' Docker up again."),
    "regenerate-certs": ("upkeep", "Give machines new TLS certificates."),
    "upgrade": ("upkeep", "Upgrade machines' Docker."),
}
"""name -> (module here that holds it, its one-line help)."""


class MachineCommands(LazyGroup):
    known = COMMANDS

    def load(self, name: str) -> click.Command:
        module = importlib.import_module(f"{__name__}.{COMMANDS[name][0]}")
        command: click.Command = getattr(module, name.replace("-", "_"))
        return command


@click.group("machine", cls=MachineCommands)
@common_options
def command() -> None:
    """docker-machine's commands, for every machine of every cluster.

    A machine is found by its name, or by its number in the cluster. `create` puts it into the
    cluster `machines` unless --cluster says otherwise.
    """
