"""Running the shipped playbooks on a cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from provision.cluster.cluster import Cluster
from provision.engine.catalog import catalog
from provision.engine.events import RunFinished, Subscriber
from provision.engine.options import RunOptions
from provision.engine.runner import run
from provision.inventory import load_inventory
from provision.playbook import load_playbook
from provision.resources import resource
from provision.transport.session import Sessions


def run_playbooks(
    cluster: Cluster,
    names: Sequence[str],
    *,
    sessions: Sessions,
    subscribers: Sequence[Subscriber] = (),
    check: bool = False,
    variables: Mapping[str, Any] | None = None,
    limit: Sequence[str] = (),
) -> RunFinished:
    """Run ``playbooks/NAME.yml`` for each name, over the cluster's inventory.

    Parameters:
        limit: names of the only nodes to touch; empty means all.

    Raises:
        ProvisionError: one of them or the inventory cannot be loaded.
    """
    known = catalog()
    playbooks = [load_playbook(resource("playbooks", f"{name}.yml"), known) for name in names]
    inventory = load_inventory([str(cluster.store.inventory)])
    options = RunOptions(
        check=check,
        extra_vars=dict(variables or {}),
        limit=",".join(limit) or None,
        owed_handlers=cluster.store.owed_handlers,
    )
    return run(playbooks, inventory, options, sessions=sessions, subscribers=list(subscribers))
