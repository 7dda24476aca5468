"""Connections for HTTP that the standard library does not have: a unix socket, TLS as we say."""

from __future__ import annotations

import http.client
import socket
from typing import Optional

from provision.agent.tls import Tls, client_context


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


class TlsConnection(http.client.HTTPConnection):
    """An HTTP connection that is secured as ``tls`` says."""

    def __init__(self, host: str, port: int, tls: Tls, timeout: Optional[float]) -> None:
        super().__init__(host, port, timeout=timeout)
        self._tls = tls

    def connect(self) -> None:
        super().connect()
        self.sock = client_context(self._tls).wrap_socket(
            self.sock, server_hostname=self._tls.hostname or self.host
        )
