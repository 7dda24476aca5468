"""testinfra's connections to the cluster's nodes, with host keys checked."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Any, cast

import paramiko
import testinfra
from paramiko.ssh_exception import NoValidConnectionsError
from testinfra import backend
from testinfra.backend.paramiko import ParamikoBackend

from provision.errors import Unreachable
from provision.verify.probes.base import UNREACHABLE, Answer
from provision.verify.silence import Silence

CONNECT_TIMEOUT = 5
"""Seconds for a node to take a TCP connection."""

HANDSHAKE_TIMEOUT = 30
"""Seconds for its sshd to exchange keys: one that boots, or is emulated, takes its time."""


class PinnedBackend(ParamikoBackend):  # type: ignore[misc]
    """testinfra's paramiko backend, which reads UserKnownHostsFile and then accepts any key,
    made to refuse keys that are not in it."""

    NAME = "pinned"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "timeout": HANDSHAKE_TIMEOUT})
        self._silence = Silence()
        self._connected: paramiko.SSHClient | None = None
        self._connecting = threading.Lock()
        self._hung_up = False

    def hang_up(self) -> None:
        """Break the connection; whoever waits for an answer over it is told, and asks no more."""
        self._hung_up = True
        if self._connected is not None:
            self._connected.close()

    @property
    def client(self) -> Any:
        """The connection that all threads share, made anew where it has ended.

        Raises:
            Unreachable: there is none; of a node that was silent lately, at once.
        """
        with self._connecting:
            if not self._alive():
                self._connected = self._connect()
            return self._connected

    def _alive(self) -> bool:
        transport = self._connected.get_transport() if self._connected else None
        return transport is not None and transport.is_active()

    def _connect(self) -> paramiko.SSHClient:
        name = self.host.name
        self._hung_up = False
        if (reason := self._silence.reason(name)) is None:
            try:
                # Python 3.11's cached_property would connect to one node after another.
                return cast(paramiko.SSHClient, ParamikoBackend.client.func(self))
            except (paramiko.SSHException, OSError, EOFError) as error:
                reason = f"{name} cannot be reached over SSH: {_reason(error)}"
                self._silence.note(name, reason)
        raise Unreachable(reason, host=name)

    def _load_ssh_config(
        self,
        client: paramiko.SSHClient,
        cfg: dict[str, Any],
        ssh_config: paramiko.SSHConfig,
        ssh_config_dir: str = "~/.ssh",
    ) -> None:
        super()._load_ssh_config(client, cfg, ssh_config, ssh_config_dir)
        known_hosts = ssh_config.lookup(self.host.name)["userknownhostsfile"].strip('"')
        client.load_host_keys(known_hosts)
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        # What is proven needs root's eyes; who is not root there has sudo.
        self.sudo = cfg["username"] != "root"
        # Paramiko has one time-out for both.
        address = (cfg["hostname"], int(cfg["port"]))
        if "sock" not in cfg:  # a ProxyCommand is one
            cfg["sock"] = socket.create_connection(address, CONNECT_TIMEOUT)
        cfg.update(banner_timeout=HANDSHAKE_TIMEOUT, auth_timeout=HANDSHAKE_TIMEOUT)

    def get_command(self, command: str, *args: str) -> Any:
        _ = self.client  # connecting says who we are there
        return super().get_command(command, *args)

    def run(self, command: str, *args: str, **kwargs: Any) -> Any:
        """Run a command; once more over another connection if this one breaks."""
        return self.feed(self.get_command(command, *args), "")

    def feed(self, command: str, stdin: str) -> Any:
        """As ``run``, with a standard input."""
        words = self.encode(command)
        try:
            return self._fed(words, stdin)
        except (paramiko.SSHException, ConnectionResetError, EOFError):
            if self._hung_up or self._alive():
                raise
            return self._fed(words, stdin)

    def _fed(self, words: bytes, stdin: str) -> Any:
        channel = self.client.get_transport().open_session()
        channel.exec_command(words)
        channel.sendall(stdin.encode())
        channel.shutdown_write()
        stdout = b"".join(channel.makefile("rb"))
        stderr = b"".join(channel.makefile_stderr("rb"))
        return self.result(channel.recv_exit_status(), words, stdout, stderr)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {CONNECT_TIMEOUT} s"
    if isinstance(error, NoValidConnectionsError):
        error = next(iter(error.errors.values()))
    if isinstance(error, paramiko.SSHException) and "No existing session" in str(error):
        return f"no session within {HANDSHAKE_TIMEOUT} s: it may be booting"  # Paramiko's words
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return " ".join(str(error).split()) or type(error).__name__


# testinfra finds backends by the scheme of a host's name in this table.
backend.BACKENDS[PinnedBackend.NAME] = f"{PinnedBackend.__module__}.{PinnedBackend.__qualname__}"


def host_spec(node: str) -> str:
    """testinfra's name for a node."""
    return f"{PinnedBackend.NAME}://{node}"


class ProbeRunner:
    """Probes' commands over testinfra, one connection a node.

    Parameters:
        ssh_config: reaches each node by its name.
    """

    def __init__(self, ssh_config: Path) -> None:
        self._ssh_config = ssh_config
        self._hosts: dict[str, Any] = {}
        self._finding = threading.Lock()

    def run(self, node: str, command: str, stdin: str = "") -> Answer:
        try:
            backend = self._backend(node)
            done = backend.feed(backend.get_command(command), stdin)
        except Unreachable as error:
            return Answer(UNREACHABLE, "", error.message)
        except Exception as error:  # noqa: BLE001 - paramiko's, socket's and testinfra's own
            return Answer(UNREACHABLE, "", f"{node} cannot be reached over SSH: {error}")
        return Answer(done.rc, done.stdout, done.stderr)

    def hang_up(self) -> None:
        """Break the connections; what still waits for an answer gets none."""
        with self._finding:
            for host in self._hosts.values():
                host.backend.hang_up()

    def _backend(self, node: str) -> PinnedBackend:
        """testinfra keeps one for each such spec, so the suite's own `host` shares it."""
        with self._finding:
            if node not in self._hosts:
                config = str(self._ssh_config)
                self._hosts[node] = testinfra.get_host(host_spec(node), ssh_config=config)
            return cast(PinnedBackend, self._hosts[node].backend)
