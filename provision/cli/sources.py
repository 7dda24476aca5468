"""-i / --inventory, as Ansible's programs take it, and what counts without."""

from __future__ import annotations

import click

from provision.cli.ansible_cfg import ansible_settings
from provision.cli.context import Settings

sources_option = click.option(
    "-i",
    "--inventory",
    "--inventory-file",
    "sources",
    multiple=True,
    metavar="SOURCE",
    help="File, folder, script or 'host1,host2,'. [default: the cluster's]",
)


def default_sources(chosen: Settings) -> list[str]:
    """What counts without -i: the inventory of ansible.cfg, unless a cluster is named; the current
    cluster's; where there is no cluster at all nothing, which leaves localhost.

    Raises:
        UsageError: there is no such cluster.
    """
    from provision.cluster.cluster import Cluster
    from provision.cluster.workspace import workspace
    from provision.machines.store import ClusterStore

    if not chosen.named:
        configured = ansible_settings().get("inventory")
        if configured:
            return list(configured)
        if not ClusterStore.names(workspace()):
            click.echo("[WARNING]: no inventory: there is only localhost", err=True)
            return []
    return [str(Cluster.open(workspace(), chosen.cluster).store.inventory)]
