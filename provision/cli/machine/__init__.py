"""provision machine: docker-machine's commands."""

from __future__ import annotations

import importlib

import click

from provision.cli.context import common_options
from provision.errors import did_you_mean

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


class MachineGroup(click.Group):
    """Knows its commands' names and help without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"{__name__}.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name not in COMMANDS and not name.startswith("-"):
            hint = did_you_mean(name, COMMANDS) or "`provision machine --help` lists them"
            raise click.UsageError(f"no such command 'machine {name}'; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group("machine", cls=MachineGroup)
@common_options
def command() -> None:
    """docker-machine's commands, for every machine of every cluster.

    A machine is found by its name, or by its number in the cluster. `create` puts it into the
    cluster `machines` unless --cluster says otherwise.
    """
