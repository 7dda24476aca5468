"""`provision machine` as a user types it, and what a machine's Docker says over TLS."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.integration.command_line import provision


@dataclass(frozen=True)
class MachineCli:
    """The ``provision`` command in a folder of its own.

    Parameters:
        home: environment of all commands.
        patience: seconds for a command.
    """

    folder: Path
    home: Mapping[str, str] = field(default_factory=dict)
    patience: float = 300

    def run(
        self, *arguments: str, expect: int = 0, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        environment = {**self.home, **(env or {})}
        return provision(
            *arguments, folder=self.folder, expect=expect, timeout=self.patience, env=environment
        )

    def machine(self, *arguments: str, **keywords: Any) -> str:
        return self.run("machine", *arguments, **keywords).stdout.strip()

    def shell(self, script: str) -> str:
        """What a bash script prints that has ``provision`` as a command."""
        function = f'provision() {{ "{sys.executable}" -m provision "$@"; }}\n'
        done = subprocess.run(
            ["bash", "-euc", function + script],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=self.patience,
            env={**os.environ, **self.home},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def inspect(self, machine: str) -> dict[str, Any]:
        return dict(json.loads(self.machine("inspect", machine)))

    def tls(self, cluster: str) -> Path:
        return self.folder / ".provision" / "clusters" / cluster / "tls"

    def dockerd(self, machine: str) -> str:
        """The process id of a machine's dockerd: another one after a restart."""
        return self.machine("ssh", machine, "pidof", "dockerd")

    def certificate(self, machine: str) -> str:
        """The certificate that a machine's Docker shows."""
        return ssl.get_server_certificate((self.machine("ip", machine), 2376)).strip()

    def client(self, trusted: str, client: str | None = None) -> ssl.SSLContext:
        """TLS as a client of one cluster's machines, with the certificate of another's or none."""
        made = ssl.create_default_context(cafile=self.tls(trusted) / "ca.pem")
        if client:
            made.load_cert_chain(self.tls(client) / "cert.pem", self.tls(client) / "key.pem")
        return made

    def ping(self, machine: str, tls: ssl.SSLContext | None) -> str:
        """The engine's answer to a request, or the error."""
        address = self.machine("ip", machine)
        try:
            with socket.create_connection((address, 2376), timeout=10) as plain:
                connection = tls.wrap_socket(plain, server_hostname=address) if tls else plain
                connection.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
                return connection.recv(1 << 16).decode()
        except (ssl.SSLError, ConnectionResetError) as error:
            return str(error)


def changes(output: str) -> int:
    """The sum of ``changed=`` in the recaps of a run's output."""
    return sum(
        int(word.removeprefix("changed=")) for word in output.split() if word.startswith("changed=")
    )
