"""provision monitoring: the cluster's own Prometheus."""

from __future__ import annotations

import importlib

import click

from provision.cli.context import common_options
from provision.cli.lazy import LazyGroup

COMMANDS = {
    "install": ("install", "Have every node give metrics, and one collect them."),
    "status": ("status", "Show what Prometheus sees: targets and alerts."),
    "ui": ("ui", "Open a tunnel to Prometheus's web interface."),
}
"""name -> (module here that holds it, its one-line help)."""


class MonitoringCommands(LazyGroup):
    known = COMMANDS

    def load(self, name: str) -> click.Command:
        module = importlib.import_module(f"{__name__}.{COMMANDS[name][0]}")
        command: click.Command = getattr(module, name)
        return command


@click.group("monitoring", cls=MonitoringCommands)
@common_options
def command() -> None:
    """Watch the cluster with a Prometheus of its own.

    \b
    provision monitoring install
    provision monitoring status
    """
