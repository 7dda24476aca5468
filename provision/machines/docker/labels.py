"""Labels say what is ours; what lacks them is never touched."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING

from provision import __version__
from provision.errors import UsageError

if TYPE_CHECKING:
    from provision.machines.driver import ClusterSpec

CLUSTER = "provision.cluster"
IDENTITY = "provision.identity"
WORKSPACE = "provision.workspace"
MACHINE = "provision.machine"
INDEX = "provision.index"
VERSION = "provision.version"


def owner_labels(cluster: ClusterSpec) -> dict[str, str]:
    """What everything that is made for a cluster carries."""
    labels = {CLUSTER: cluster.name, VERSION: __version__}
    if cluster.identity:
        labels |= {IDENTITY: cluster.identity, WORKSPACE: str(cluster.workspace)}
    return labels


def require_owner(
    kind: str, name: str, labels: Mapping[str, str] | None, cluster: ClusterSpec
) -> None:
    """Refuse a thing of that name that another made.

    Parameters:
        kind: ``container``, ``volume`` or ``network``, for the message.

    Raises:
        UsageError: it is not this cluster's, or another workspace's cluster has this name.
    """
    labels = labels or {}
    owner = labels.get(CLUSTER)
    if owner == cluster.name:
        _require_workspace(labels, cluster)
        return
    if owner:
        raise UsageError(
            f"{kind} {name} belongs to cluster {owner}",
            hint=f"choose another name, or: provision --cluster {owner} down",
        )
    raise UsageError(
        f"the name {name} is taken by a {kind} that provision did not create",
        hint=f"choose another name, or remove it yourself: docker {kind} rm {name}",
    )


def _require_workspace(labels: Mapping[str, str], cluster: ClusterSpec) -> None:
    if not cluster.identity or labels.get(IDENTITY) == cluster.identity:
        return
    home = labels.get(WORKSPACE)
    # Same place, another identity: the state was lost here, and the machines outlived it.
    if home == str(cluster.workspace):
        return
    where = f"another workspace: {home}" if home else "another workspace, which it does not name"
    raise UsageError(
        f"cluster '{cluster.name}' on this engine belongs to {where}",
        hint=f"choose another name with --cluster, or: PROVISION_DIR={shlex.quote(home)} provision "
        f"--cluster {cluster.name} down"
        if home
        else "choose another name with --cluster, or remove it yourself: "
        f"docker ps -a --filter label={CLUSTER}={cluster.name}",
    )
