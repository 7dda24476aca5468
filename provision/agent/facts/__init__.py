"""Facts: what a node says about itself, under Ansible's names without the ``ansible_`` prefix.

Read from files where there are files, so that the agent's hello can carry them all within
milliseconds. Names and shapes follow Ansible's documentation of facts:
https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_vars_facts.html
"""

from __future__ import annotations

from typing import Any, Dict, Optional

from provision.agent.facts import local, programs
from provision.agent.facts.subsets import COLLECTORS, EVERYTHING, Names

HELLO_TIMEOUT = 2.0
"""Seconds that a session's start may wait for programs and dead file servers."""


def collect(
    chosen: Names = EVERYTHING, timeout: float = HELLO_TIMEOUT, local_facts: Optional[Any] = None
) -> Dict[str, Any]:
    """The facts of these collectors, unprefixed. A source that cannot be read leaves its facts out.

    Parameters:
        chosen: names from ``subsets.COLLECTORS``.
        timeout: seconds for the programs that some facts are asked of.
        local_facts: the value of ``local``; by default what can be read without running a
            program, or nothing if that is not all of them.
    """
    asked = programs.Asked(timeout)
    for collector in COLLECTORS.values():
        if collector.name in chosen:
            asked.start(collector.programs)
    found: Dict[str, Any] = {}
    for collector in COLLECTORS.values():
        if collector.name in chosen and collector.name != "local":
            found.update(collector.collect(asked))
    if "local" in chosen:
        if local_facts is not None:
            found["local"] = local_facts
        elif not local.programs():
            found["local"] = local.collect().facts
    return found


def hello() -> Dict[str, Any]:
    """What the agent's first message carries. It lacks ``local`` if that takes programs to tell."""
    return collect()
