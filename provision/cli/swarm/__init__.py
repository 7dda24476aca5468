"""provision swarm: operating the cluster's Docker Swarm."""

from __future__ import annotations

import importlib

import click

from provision.cli.context import common_options
from provision.cli.lazy import LazyGroup

COMMANDS = {
    "tokens": ("tokens", "Print the tokens that let a node join."),
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
