"""provision consul: operating the cluster's Consul."""

from __future__ import annotations

import click

from provision.cli.context import common_options
from provision.cli.lazy import LazyGroup

COMMANDS = {
    "run": ("run:run", "Run consul on a server, as the cluster's operator."),
    "env": ("env:env", "Print the variables that lead consul to the cluster."),
    "ui": ("ui:ui", "Open a tunnel to Consul's web interface."),
    "backup": ("backup:backup", "Take a snapshot of Consul's state."),
    "restore": ("backup:restore", "Replace Consul's state by a snapshot."),
    "rotate": (
        "rotate:rotate",
        "Replace the gossip key, certificates or tokens, without an outage.",
    ),
    "upgrade": ("upgrade:upgrade", "Bring another version of Consul to the nodes."),
    "certificates": (
        "certificates:certificates",
        "Make certificates for servers that an inventory names.",
    ),
}


@click.group("consul", cls=LazyGroup, package=__name__, table=COMMANDS)
@common_options
def command() -> None:
    """Operate the cluster's Consul.

    \b
    provision consul run members
    eval "$(provision consul env)" && consul members
    """
