"""provision monitoring: the cluster's own Prometheus."""

from __future__ import annotations

import click

from provision.cli.context import common_options
from provision.cli.lazy import LazyGroup

COMMANDS = {
    "install": ("install:install", "Have every node give metrics, and one collect them."),
    "status": ("status:status", "Show what Prometheus sees: targets and alerts."),
    "ui": ("ui:ui", "Open a tunnel to Prometheus's web interface."),
}


@click.group("monitoring", cls=LazyGroup, package=__name__, table=COMMANDS)
@common_options
def command() -> None:
    """Watch the cluster with a Prometheus of its own.

    \b
    provision monitoring install
    provision monitoring status
    """
