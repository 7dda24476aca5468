"""provision consul: operating the cluster's Consul."""

from __future__ import annotations

import importlib

import click

from provision.cli.context import common_options
from provision.cli.lazy import LazyGroup

COMMANDS = {
    "run": ("run", "Run consul on a server, as the cluster's operator."),
    "env": ("env", "Print the variables that lead consul to the cluster."),
    "ui": ("ui", "Open a tunnel to Consul's web interface."),
    "backup": ("backup", "Take a snapshot of Consul's state."),
    "restore": ("backup", "Replace Consul's state by a snapshot."),
    "rotate": ("rotate", "Replace the gossip key, certificates or tokens, without an outage."),
    "upgrade": ("upgrade", "Bring another version of Consul to the nodes."),
    "certificates": ("certificates", "Make certificates for servers that an inventory names."),
}
"""name -> (module here that holds it, its one-line help)."""


class ConsulCommands(LazyGroup):
    known = COMMANDS

    def load(self, name: str) -> click.Command:
        module = importlib.import_module(f"{__name__}.{COMMANDS[name][0]}")
        command: click.Command = getattr(module, name)
        return command


@click.group("consul", cls=ConsulCommands)
@common_options
def command() -> None:
    """Operate the cluster's Consul.

    \b
    provision consul run members
    eval "$(provision consul env)" && consul members
    """
