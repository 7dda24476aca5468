"""Probes' commands over testinfra's connections."""

from __future__ import annotations

from pathlib import Path

import testinfra

from provision.verify.probes.base import Answer


class TestinfraRunner:
    """Runs commands on nodes through testinfra's paramiko backend, one connection a node.

    Parameters:
        ssh_config: reaches each node by its name.
    """

    def __init__(self, ssh_config: Path) -> None:
        self._ssh_config = ssh_config

    def run(self, node: str, command: str) -> Answer:
        try:
            # testinfra keeps a backend for each such spec, so the suite's own `host` shares it.
            host = testinfra.get_host(host_spec(node), ssh_config=str(self._ssh_config))
            done = host.run(command)
        except Exception as error:  # noqa: BLE001 - paramiko's, socket's and testinfra's own
            return Answer(255, "", f"cannot be reached over SSH: {error}")
        return Answer(done.rc, done.stdout, done.stderr)


def host_spec(node: str) -> str:
    """testinfra's name for a node."""
    return f"paramiko://{node}"
