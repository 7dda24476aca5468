"""Facts: what a node says about itself, under Ansible's names without the ``ansible_`` prefix.

Read from files, not from programs, so that the agent's hello can carry them all within
milliseconds. Names and shapes follow Ansible's documentation of facts:
https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_vars_facts.html
"""

from __future__ import annotations

from typing import Any, Callable, Dict, FrozenSet

from provision.agent.facts import clock, distribution, hardware, local, network, system, virtual

MINIMAL = "min"
_COLLECTORS: Dict[str, Callable[[], Dict[str, Any]]] = {
    MINIMAL: lambda: dict(
        system.collect(), **distribution.collect(), **clock.collect(), local=local.collect()
    ),
    "hardware": hardware.collect,
    "network": network.collect,
    "virtual": virtual.collect,
}
SUBSETS = frozenset(_COLLECTORS)


def collect(subsets: FrozenSet[str] = SUBSETS) -> Dict[str, Any]:
    """The facts of these subsets, unprefixed. A source that cannot be read leaves its facts out."""
    found: Dict[str, Any] = {}
    for name, collector in _COLLECTORS.items():
        if name in subsets:
            found.update(collector())
    return found


def hello() -> Dict[str, Any]:
    """What the agent's first message carries."""
    return collect()
