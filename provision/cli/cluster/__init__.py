"""provision cluster: a cluster in other people's hands."""

from __future__ import annotations

import click

from provision.cli.context import common_options
from provision.cli.lazy import LazyGroup

COMMANDS = {
    "export": (
        "files:export_",
        "Seal all that somebody else needs to reach and manage the cluster.",
    ),
    "import": ("files:import_", "Make an exported cluster known here."),
    "grant": ("access:grant_", "Let somebody in on all nodes, with keys of their own."),
    "revoke": ("access:revoke_", "Shut somebody out on all nodes."),
    "grants": ("access:grants_", "List who has access."),
}


@click.group("cluster", cls=LazyGroup, package=__name__, table=COMMANDS)
@common_options
def command() -> None:
    """Share a cluster with other people and CI jobs.

    \b
    provision cluster grant ann --ssh-key ann.pub
    provision cluster export --for ann ann.cluster
    provision cluster import ann.cluster            (on ann's machine)
    """
