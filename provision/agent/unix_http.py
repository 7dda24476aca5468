"""HTTP over a unix socket."""

from __future__ import annotations

import http.client
import socket
from typing import Optional


class UnixConnection(http.client.HTTPConnection):
    """Parameters:
    path: the socket's.
    timeout: for connecting and each read, seconds; None: for ever.
    host: what the Host header says.
    """

    def __init__(self, path: str, timeout: Optional[float], host: str = "localhost") -> None:
        super().__init__(host, timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(self._path)
        except OSError:
            self.sock.close()
            raise
