"""Asking a cluster's nodes through agent sessions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from provision.errors import TaskFailed, Unreachable
from provision.machines.driver import Endpoint
from provision.transport.session import Request, Sessions
from provision.transport.target import Become, Target
from provision.verify.probes.base import UNREACHABLE, Answer
from provision.verify.silence import Silence

COMMAND_TIMEOUT = 60.0
"""Seconds for one probe's command."""


def target(name: str, endpoint: Endpoint, known_hosts: Path, *, patience: float = 1.0) -> Target:
    """How the transport reaches a machine.

    Parameters:
        patience: the share of the machine's connection timeout that is waited.
    """
    return Target(
        name=name,
        address=endpoint.address,
        port=endpoint.port,
        user=endpoint.user,
        key_files=(str(endpoint.key_file),) if endpoint.key_file else (),
        known_hosts=str(known_hosts),
        jump_hosts=tuple(endpoint.jump_hosts),
        connect_timeout=endpoint.connect_timeout * patience,
    )


def call_module(
    sessions: Sessions,
    where: Target,
    module: str,
    args: Mapping[str, Any],
    timeout: float | None = None,
) -> dict[str, Any]:
    """Run a module on a machine as root; what it returns, ``failed`` set if it failed.

    Parameters:
        timeout: seconds; None means as long as it takes.

    Raises:
        Unreachable: the machine does not answer.
        TaskFailed: it does, but sudo refuses.
    """
    request = Request(module, args, timeout=timeout)
    return sessions.get(where, Become()).call(request).result


class SessionRunner:
    """Probes' commands over agent sessions, as root.

    Parameters:
        targets: by node name.
        silence: nodes known to be out of reach.
    """

    def __init__(
        self, targets: Mapping[str, Target], sessions: Sessions, silence: Silence | None = None
    ) -> None:
        self._targets = targets
        self._sessions = sessions
        self._silence = silence or Silence()

    def run(self, node: str, command: str, stdin: str = "") -> Answer:
        if reason := self._silence.reason(node):
            return Answer(UNREACHABLE, "", reason)
        arguments = {"cmd": command, "stdin": stdin, "stdin_add_newline": False}
        there = self._targets[node]
        try:
            result = call_module(self._sessions, there, "shell", arguments, COMMAND_TIMEOUT)
        except (Unreachable, TaskFailed) as error:  # the latter where sudo refuses
            self._silence.note(node, error.message)
            return Answer(UNREACHABLE, "", error.message)
        stderr = result.get("stderr") or (result.get("msg", "") if result.get("failed") else "")
        return Answer(int(result.get("rc", 1)), str(result.get("stdout", "")), str(stderr))
