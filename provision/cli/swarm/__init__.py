"""provision swarm: operating the cluster's Docker Swarm."""

from __future__ import annotations

import click

from provision.cli.context import common_options
from provision.cli.lazy import LazyGroup

COMMANDS = {
    "tokens": ("tokens:tokens", "Print the tokens that let a node join."),
    "rotate-tokens": ("tokens:rotate_tokens", "Replace the tokens; old ones let nobody join."),
    "rotate-ca": ("authority:rotate_ca", "Replace the swarm's certificate authority."),
    "autolock": ("autolock:autolock", "Switch on or off that managers need a key after a restart."),
    "unlock": ("autolock:unlock", "Unlock managers that restarted locked."),
    "unlock-key": ("autolock:unlock_key", "Print or replace the key of locked managers."),
    "upgrade": ("upgrade:upgrade", "Upgrade Docker, node by node."),
    "backup": ("backup:backup", "Take the swarm's state into a file."),
    "restore": ("backup:restore", "Make the swarm of a backup, on nodes that are in none."),
}


@click.group("swarm", cls=LazyGroup, package=__name__, table=COMMANDS)
@common_options
def command() -> None:
    """Operate the cluster's Docker Swarm.

    `provision node` is about its nodes.
    """
