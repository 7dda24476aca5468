"""What an SSH server shows before anyone has logged in: that it is there, and its host key."""

from __future__ import annotations

import base64
import socket
import time

from provision.transport.known_hosts import fingerprint as blob_fingerprint

TIMEOUT = 5.0
"""Seconds for each step."""

NEW_MACHINE = 15.0
"""Seconds for a greeting of a machine that boots on a busy host: sshd takes its time."""

_PREFERRED = ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256")


def silence(
    address: str, port: int, *, patience: float = 0.0, greeting: float = TIMEOUT
) -> str | None:
    """Why no SSH server greets there; None if one does.

    Parameters:
        patience: seconds to go on trying.
        greeting: seconds that it may take to greet once it has been connected to.
    """
    end = time.monotonic() + patience
    while (finding := _silence(address, port, greeting)) and time.monotonic() <= end:
        time.sleep(0.1)
    return finding


def _silence(address: str, port: int, patience: float) -> str | None:
    try:
        with socket.create_connection((address, port), timeout=TIMEOUT) as connection:
            connection.settimeout(patience)
            greeting = connection.recv(16)
    except OSError as error:
        return error.strerror or str(error)
    return None if greeting.startswith(b"SSH-") else f"greeted with {greeting!r}"


def shown_key(address: str, port: int) -> str:
    """The host key that the server shows, as ``type base64``.

    Raises:
        OSError: nobody answers, or not in SSH.
    """
    from paramiko import SSHException, Transport

    connection = socket.create_connection((address, port), timeout=TIMEOUT)
    try:
        transport = Transport(connection)
    except BaseException:
        connection.close()
        raise
    try:
        options = transport.get_security_options()
        options.key_types = [kind for kind in _PREFERRED if kind in options.key_types]
        transport.start_client(timeout=TIMEOUT)
        key = transport.get_remote_server_key()
    except (SSHException, EOFError) as error:
        raise OSError(f"it does not speak SSH as expected: {error}") from error
    finally:
        transport.close()
    return f"{key.get_name()} {key.get_base64()}"


def fingerprint(key: str) -> str:
    """``SHA256:...`` of a key given as ``type base64``."""
    return blob_fingerprint(base64.b64decode(key.split()[1]))
