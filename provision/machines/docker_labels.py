"""Labels say what is ours; what lacks them is never touched."""

from __future__ import annotations

from collections.abc import Mapping

from provision.errors import UsageError

CLUSTER = "provision.cluster"
MACHINE = "provision.machine"
INDEX = "provision.index"
VERSION = "provision.version"


def require_owner(kind: str, name: str, labels: Mapping[str, str] | None, cluster: str) -> None:
    """Refuse a thing of that name that another made.

    Parameters:
        kind: ``container``, ``volume`` or ``network``, for the message.

    Raises:
        UsageError: it is not this cluster's.
    """
    owner = (labels or {}).get(CLUSTER)
    if owner == cluster:
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
