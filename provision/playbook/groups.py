"""Groups of modules, whose common parameters ``module_defaults`` say: ``group/docker``.

A collection names its groups in ``action_groups`` of its ``meta/runtime.yml``; those of provision's
own modules are here, so that they need no collection.
https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_module_defaults.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from provision.agent.spec import Spec
from provision.playbook.collections import Collections, parts_of

SHORT = {
    "aws": ("amazon.aws.aws", "community.aws.aws"),
    "azure": ("azure.azcollection.azure",),
    "docker": ("community.docker.docker",),
    "gcp": ("google.cloud.gcp",),
    "k8s": ("kubernetes.core.k8s", "community.okd.k8s"),
    "os": ("openstack.cloud.os",),
    "vmware": ("community.vmware.vmware",),
}
"""Names without a collection, from before there were any."""

_CONSUL = ("agent_check", "agent_service", "auth_method", "binding_rule", "policy", "role")
_OWN: Mapping[str, tuple[str, ...]] = {
    "community.docker.docker": ("community.docker.docker_",),
    "community.general.consul": tuple(
        f"community.general.consul_{name}" for name in (*_CONSUL, "session", "token")
    ),
}
"""By group, what the full names of its modules begin with."""


def full_names(
    group: str, specs: Iterable[Spec], collections: Collections
) -> frozenset[str] | None:
    """The full names of a group's modules, or None where there is no such group.

    Parameters:
        specs: provision's own.
    """
    groups = SHORT.get(group.removeprefix("ansible.builtin."), (group,))
    own = {
        spec.fqcn
        for spec in specs
        for name in groups
        if spec.fqcn.startswith(_OWN.get(name, ()) or "\0")
    }
    listed = [found for name in groups if (found := _listed(name, collections, ())) is not None]
    if not own and not listed:
        return None
    return frozenset(own.union(*listed))


def _listed(group: str, collections: Collections, above: tuple[str, ...]) -> set[str] | None:
    collection, short = parts_of(group)
    entries = collections.action_groups(collection).get(short)
    if not isinstance(entries, list) or group in above:
        return None
    found: set[str] = set()
    for entry in entries:
        if isinstance(entry, dict):
            for other in _extended(entry):
                found |= _listed(other, collections, (*above, group)) or set()
        else:
            found.add(entry if "." in str(entry) else f"{collection}.{entry}")
    return found


def _extended(entry: Mapping[str, Any]) -> Iterator[str]:
    said = (entry.get("metadata") or {}).get("extend_group") or ()
    yield from [said] if isinstance(said, str) else said
