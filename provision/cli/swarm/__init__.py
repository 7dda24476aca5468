"""provision swarm: operating the cluster's Docker Swarm."""

from __future__ import annotations

import importlib

import click

from provision.cli.context import common_options
from provision.cli.lazy import LazyGroup

COMMANDS = {
    "tokens": ("tokens", "Print the tokens that let a node join."),
    "rotate-tokens": ("tokens", "Replace the tokens; old ones let nobody join."),
    "rotate-ca": ("authority", "Replace the swarm's certificate authority."),
    "autolock": ("autolock", "Switch on or off that managers need a key after a restart."),
    "unlock": ("autolock", "Unlock managers that restarted locked."),
    "unlock-key": ("autolock", "Print or replace the key of locked managers."),
    "upgrade": ("upgrade", "Upgrade Docker, node by node."),
    "backup": ("backup", "Take the swarm's state into a file."),
    "restore": ("backup", "Make the swarm of a backup, on nodes that are in none."),
}
"""name -> (module here that holds it, its one-line help)."""


class SwarmCommands(LazyGroup):
    known = COMMANDS

    def load(self, name: str) -> click.Command:
        module = importlib.import_module(f"{__name__}.{COMMANDS[name][0]}")
        command: click.Command = getattr(module, name.replace("-", "_"))
        return command


@click.group("swarm", cls=SwarmCommands)
@common_options
def command() -> None:
    """Operate the cluster's Docker Swarm.

    `provision node` is about its nodes.
    """
