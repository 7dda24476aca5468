"""provision cluster: a cluster in other people's hands."""

from __future__ import annotations

import importlib

import click

from provision.cli.context import common_options
from provision.cli.lazy import LazyGroup

COMMANDS = {
    "export": ("files", "Seal all that somebody else needs to reach and manage the cluster."),
    "import": ("files", "Make an exported cluster known here."),
    "grant": ("access", "Let somebody in on all nodes, with keys of their own."),
    "revoke": ("access", "Shut somebody out on all nodes."),
    "grants": ("access", "List who has access."),
}
"""name -> (module here that holds it, its one-line help)."""


class ClusterCommands(LazyGroup):
    known = COMMANDS

    def load(self, name: str) -> click.Command:
        module = importlib.import_module(f"{__name__}.{COMMANDS[name][0]}")
        command: click.Command = getattr(module, f"{name}_")
        return command


@click.group("cluster", cls=ClusterCommands)
@common_options
def command() -> None:
    """Share a cluster with other people and CI jobs.

    \b
    provision cluster grant ann --ssh-key ann.pub
    provision cluster export --for ann ann.cluster
    provision cluster import ann.cluster            (on ann's machine)
    """
