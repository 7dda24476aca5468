"""Asking a cluster's nodes through agent sessions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from provision.errors import Unreachable
from provision.machines.driver import Endpoint
from provision.transport.session import Request, Sessions
from provision.transport.target import Become, Target
from provision.verify.probes.base import Answer

COMMAND_TIMEOUT = 60.0
"""Seconds for one probe's command."""


def target(name: str, endpoint: Endpoint, known_hosts: Path) -> Target:
    """How the transport reaches a machine."""
    return Target(
        name=name,
        address=endpoint.address,
        port=endpoint.port,
        user=endpoint.user,
        key_files=(str(endpoint.key_file),) if endpoint.key_file else (),
        known_hosts=str(known_hosts),
        jump_hosts=tuple(endpoint.jump_hosts),
        connect_timeout=endpoint.connect_timeout,
    )


class SessionRunner:
    """Probes' commands over agent sessions, as root.

    Parameters:
        targets: by node name.
    """

    def __init__(self, targets: Mapping[str, Target], sessions: Sessions) -> None:
        self._targets = targets
        self._sessions = sessions

    def run(self, node: str, command: str) -> Answer:
        request = Request("shell", {"cmd": command}, timeout=COMMAND_TIMEOUT)
        try:
            result = self._sessions.get(self._targets[node], Become()).call(request).result
        except Unreachable as error:
            return Answer(255, "", error.message)
        stderr = result.get("stderr") or (result.get("msg", "") if result.get("failed") else "")
        return Answer(int(result.get("rc", 1)), str(result.get("stdout", "")), str(stderr))
