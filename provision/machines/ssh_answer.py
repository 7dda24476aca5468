"""Whether an SSH server greets at an address."""

from __future__ import annotations

import socket
import time


def refusal(address: str, port: int, timeout: float) -> str | None:
    """Why no SSH server greets, after having waited for it; None if one does.

    Parameters:
        timeout: seconds to go on trying.
    """
    end = time.monotonic() + timeout
    while True:
        try:
            with socket.create_connection((address, port), timeout=3) as connection:
                # A machine that is emulated on a busy host takes its time to start an sshd.
                connection.settimeout(15)
                greeting = connection.recv(16)
            if greeting.startswith(b"SSH-"):
                return None
            finding = f"greeted with {greeting!r}"
        except OSError as error:
            finding = str(error)
        if time.monotonic() > end:
            return finding
        time.sleep(0.1)
