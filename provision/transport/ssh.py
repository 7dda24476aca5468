"""SSH connections through Paramiko: TCP, host key, authentication, channels."""

from __future__ import annotations

import contextlib
import logging
import shlex
import socket
import subprocess
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from provision.errors import Unreachable
from provision.transport import host_key, lean  # noqa: F401 - lean: before Paramiko
from provision.transport.authenticate import authenticate
from provision.transport.logins import Deadline
from provision.transport.route import Hop, route
from provision.transport.target import Target

if TYPE_CHECKING:
    from paramiko.channel import Channel
    from paramiko.transport import Transport


# Hardware does these fastest; the rest of Paramiko's list (CBC, 3DES, MD5, SHA-1) is left out.
CIPHERS = (
    "aes128-gcm@openssh.com",
    "aes128-ctr",
    "aes256-gcm@openssh.com",
    "aes256-ctr",
    "aes192-ctr",
)
MACS = (
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
)
KEX_FIRST = ("curve25519-sha256@libssh.org", "ecdh-sha2-nistp256")
KEEPALIVE = 10
DEAD_AFTER = 30
"""Seconds after which unanswered bytes mean that the peer is gone."""

# Without a handler Python would print Paramiko's tracebacks for errors reported here.
logging.getLogger("paramiko").addHandler(logging.NullHandler())


class SshChannel:
    """Implements ``channel.Channel`` over one SSH channel."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def recv(self, timeout: float) -> bytes:
        # The same setting times out a sender too; send() knows.
        self._channel.settimeout(timeout)
        return self._channel.recv(1 << 18)

    def send(self, data: bytes | memoryview) -> None:
        view = memoryview(data)
        while view:
            try:
                sent = self._channel.send(view[: 1 << 18])  # type: ignore[arg-type]
            except TimeoutError:
                continue
            if not sent:
                raise ConnectionResetError("the channel is closed")
            view = view[sent:]

    def exit_status(self, timeout: float) -> int | None:
        if not self._channel.status_event.wait(timeout):
            return None
        status = self._channel.exit_status
        return None if status < 0 else status

    def close(self) -> None:
        with contextlib.suppress(OSError, EOFError):
            self._channel.close()


class SshConnection:
    """Implements ``channel.Connection`` over SSH.

    Parameters:
        hops: the way there, where it has been decided already.

    Raises:
        Unreachable: no address, refused, timed out, wrong key, permission denied.
    """

    def __init__(self, target: Target, hops: Sequence[Hop] = ()) -> None:
        self._target = target
        hops = hops or route(target)
        self._transports: list[Transport] = []
        deadline = Deadline(target.connect_timeout)
        try:
            for hop in hops:
                self._transports.append(self._connect(hop, deadline))
        except BaseException:
            self.close()
            raise
        self.user = hops[-1].user
        self.where = hops[-1].where
        self._hop = hops[-1]

    @property
    def alive(self) -> bool:
        return all(transport.is_active() for transport in self._transports)

    def start(self, argv: Sequence[str]) -> SshChannel:
        from paramiko.ssh_exception import SSHException

        try:
            channel = self._transports[-1].open_session(timeout=self._target.connect_timeout)
            channel.set_combine_stderr(True)
            channel.exec_command(shlex.join(argv))
        except (SSHException, OSError, EOFError) as error:
            raise Unreachable(
                f"{self.where}: the server will not start a program: {error or 'it hung up'}",
                host=self._target.name,
                hint="its sshd may limit sessions (MaxSessions) or force a command",
            ) from None
        return SshChannel(channel)

    def runner(self) -> object:
        from fabric import Config, Connection

        hop = self._hop
        connection = Connection(hop.address, user=hop.user, port=hop.port, config=Config(lazy=True))
        connection.transport = self._transports[-1]
        return connection

    def close(self) -> None:
        for transport in reversed(self._transports):
            # Wakes Paramiko's thread, which otherwise looks up only every 0.1 s.
            with contextlib.suppress(OSError, AttributeError):
                transport.sock.shutdown(socket.SHUT_RDWR)
            transport.close()

    def _connect(self, hop: Hop, deadline: Deadline) -> Transport:
        with deadline.turn_at(hop.address, hop.port, self._target.name) as server:
            try:
                sock = self._socket(hop, deadline)
            except Unreachable as error:
                server.silent(error)
                raise
            with deadline.turn():
                try:
                    return self._log_in(hop, sock, deadline)
                except Unreachable as error:
                    if deadline.over:
                        server.silent(error)
                    raise

    def _log_in(self, hop: Hop, sock: Any, deadline: Deadline) -> Transport:
        from paramiko.ssh_exception import SSHException

        transport: Transport | None = None
        try:
            transport = _transport(hop, sock, deadline)
            transport.start_client(timeout=deadline.left)
            host_key.check(hop, transport.get_remote_server_key(), self._target.name)
            transport.auth_timeout = deadline.left
            authenticate(transport, hop, self._target.name)
            transport.set_keepalive(KEEPALIVE)
        except (SSHException, OSError, EOFError) as error:
            _discard(transport, sock)
            raise self._broken(hop, error, deadline) from None
        except BaseException:
            _discard(transport, sock)
            raise
        return transport

    def _socket(self, hop: Hop, deadline: Deadline) -> Any:
        from paramiko.ssh_exception import SSHException

        if self._transports:
            try:
                return self._transports[-1].open_channel(
                    "direct-tcpip", (hop.address, hop.port), ("", 0), timeout=deadline.left
                )
            except (SSHException, EOFError) as error:
                raise Unreachable(
                    f"{hop.where}: the jump host cannot reach it: {error}",
                    host=self._target.name,
                    hint="check the address as seen from the jump host, and that its sshd "
                    "allows TCP forwarding",
                ) from None
        if hop.proxy_command:
            return _proxy(hop.proxy_command)
        try:
            sock = socket.create_connection((hop.address, hop.port), deadline.left)
        except OSError as error:
            raise _no_connection(hop, error, self._target) from None
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_AFTER * 1000)
        return sock

    def _broken(self, hop: Hop, error: Exception, deadline: Deadline) -> Unreachable:
        text = str(error) or type(error).__name__
        if deadline.over or isinstance(error, TimeoutError):
            what = f"no SSH session within {self._target.connect_timeout:g} s: {text}"
            hint = "the host may be starting or overloaded; raise the timeout (-T) if it is slow"
        elif "banner" in text or "protocol version" in text:
            what = "something answers there, but not SSH"
            hint = "check the port; a machine that is just starting closes connections too"
        elif "Incompatible" in text:
            what = f"no common algorithm with its SSH server: {text}"
            hint = "the server offers only outdated algorithms; update it"
        else:
            what = f"the SSH handshake failed: {text}"
            hint = "try `ssh -v` with the same address"
        return Unreachable(f"{hop.where}: {what}", hint=hint, host=self._target.name)


def load() -> None:
    """Import what a connection needs once its server has answered."""
    import paramiko.transport  # noqa: F401


def _transport(hop: Hop, sock: Any, deadline: Deadline) -> Transport:
    from paramiko.transport import Transport

    transport = Transport(sock)
    options = transport.get_security_options()
    options.ciphers = [name for name in CIPHERS if name in options.ciphers]
    options.digests = [name for name in MACS if name in options.digests]
    first = [name for name in KEX_FIRST if name in options.kex]
    options.kex = first + [name for name in options.kex if name not in first]
    options.key_types = host_key.preferred_types(host_key.pinned(hop), list(options.key_types))
    transport.banner_timeout = transport.handshake_timeout = deadline.left
    return transport


def _discard(transport: Transport | None, sock: Any) -> None:
    if transport is not None:
        transport.close()
    with contextlib.suppress(OSError):
        sock.close()


def _proxy(command: str) -> socket.socket:
    """A ProxyCommand on one end of a socket pair."""
    ours, theirs = socket.socketpair()
    with theirs:
        subprocess.Popen(
            ["/bin/sh", "-c", "exec " + command],
            stdin=theirs.fileno(),
            stdout=theirs.fileno(),
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    return ours


def _no_connection(hop: Hop, error: OSError, target: Target) -> Unreachable:
    if isinstance(error, socket.gaierror):
        what = f"cannot resolve '{hop.address}': {error.strerror}"
        hint = "check the spelling, or set ansible_host to an address"
    elif isinstance(error, TimeoutError):
        what = f"no answer within {target.connect_timeout:g} s"
        hint = "is the machine running, and is the port open in its firewall?"
    elif isinstance(error, ConnectionRefusedError):
        what = "connection refused"
        hint = "the machine is up, but no SSH server listens on that port"
    else:
        what = f"cannot connect: {error.strerror or error}"
        hint = "check the address and this machine's network"
    return Unreachable(f"{hop.where}: {what}", hint=hint, host=target.name)
