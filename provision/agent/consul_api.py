"""A client of Consul's HTTP API.

Source: https://developer.hashicorp.com/consul/api-docs
"""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any, Mapping, NamedTuple, Optional, Union
from urllib.parse import urlencode

from provision.agent.task import ModuleFailed
from provision.agent.tls import Tls, client_context

if TYPE_CHECKING:
    from http.client import HTTPConnection

DEFAULT_PORT = 8500


class ConsulError(ModuleFailed):
    """Consul answered with an error.

    Parameters:
        message: what was asked and what Consul said.
        status: the HTTP status.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Answer(NamedTuple):
    """Decoded JSON (or text), and the Raft index that X-Consul-Index tells, if it does."""

    data: Any
    raft_index: Optional[int]


class Consul:
    """One Consul agent.

    Parameters:
        host, port: where its API listens, as seen from the node.
        scheme: ``http`` or ``https``.
        token: sent as a header, never in an address; None is anonymous.
        validate_certs: verify the agent's certificate.
        ca_path, client_cert, client_key: PEM files on the node.
        timeout: seconds to wait for an answer.
    """

    def __init__(
        self,
        host: str = "localhost",
        port: int = DEFAULT_PORT,
        scheme: str = "http",
        token: Optional[str] = None,
        validate_certs: bool = True,
        ca_path: Optional[str] = None,
        client_cert: Optional[str] = None,
        client_key: Optional[str] = None,
        timeout: float = 30,
    ) -> None:
        self._host = host
        self._port = port
        self._token = token
        self._timeout = timeout
        self._context = (
            client_context(Tls(validate_certs, ca_path, client_cert, client_key))
            if scheme == "https"
            else None
        )
        self._address = f"{scheme}://{host}:{port}"

    def get(self, path: str, query: Optional[Mapping[str, Any]] = None) -> Answer:
        return self.request("GET", path, query)

    def put(
        self,
        path: str,
        body: Union[bytes, Mapping[str, Any], None] = None,
        query: Optional[Mapping[str, Any]] = None,
    ) -> Answer:
        return self.request("PUT", path, query, body)

    def delete(self, path: str, query: Optional[Mapping[str, Any]] = None) -> Answer:
        return self.request("DELETE", path, query)

    def find(self, path: str, query: Optional[Mapping[str, Any]] = None) -> Answer:
        """As ``get``, but data is None where there is no such thing."""
        try:
            return self.get(path, query)
        except ConsulError as error:
            if error.status == 404:
                return Answer(None, None)
            raise

    def request(
        self,
        method: str,
        path: str,
        query: Optional[Mapping[str, Any]] = None,
        body: Union[bytes, Mapping[str, Any], None] = None,
    ) -> Answer:
        """One call.

        Parameters:
            path: below ``/v1``, quoted.
            query: None values are left out; True is a bare flag.
            body: raw bytes, or data sent as JSON.

        Raises:
            ConsulError: Consul refused.
            ModuleFailed: it cannot be reached or was silent longer than the timeout.
        """
        from http.client import HTTPException, responses  # 16 ms: only who asks pays them

        headers = {"X-Consul-Token": self._token} if self._token else {}
        payload = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection = self._connect()
        try:
            connection.request(method, f"/v1{path}{_query(query)}", payload, headers)
            answer = connection.getresponse()
            data = answer.read()
        except (OSError, HTTPException) as error:
            raise self._unreachable(error) from None
        finally:
            connection.close()
        text = data.decode("utf-8", "replace")
        if answer.status >= 400:
            reason = text.strip() or responses.get(answer.status, "")
            raise ConsulError(
                f"Consul at {self._address}: {method} {path}: {answer.status} {reason}",
                answer.status,
            )
        index = answer.getheader("X-Consul-Index")
        return Answer(_decoded(text), int(index) if index else None)

    def _connect(self) -> HTTPConnection:
        from http.client import HTTPConnection, HTTPSConnection

        if self._context is None:
            return HTTPConnection(self._host, self._port, timeout=self._timeout)
        return HTTPSConnection(self._host, self._port, timeout=self._timeout, context=self._context)

    def _unreachable(self, error: Exception) -> ModuleFailed:
        from ssl import SSLError

        if isinstance(error, socket.timeout):
            return ModuleFailed(
                f"Consul at {self._address} did not answer within {self._timeout:g} s"
            )
        if isinstance(error, SSLError):
            return ModuleFailed(
                f"no TLS connection to Consul at {self._address}: {error}; "
                "check scheme, ca_path and the name in the agent's certificate"
            )
        return ModuleFailed(
            f"cannot talk to Consul at {self._address}: {error}; "
            "is the agent running? see: systemctl status consul"
        )


def _query(query: Optional[Mapping[str, Any]]) -> str:
    parts = []
    for key, value in (query or {}).items():
        if value is True:
            parts.append(key)
        elif value is not None and value is not False:
            parts.append(urlencode({key: value}))
    return "?" + "&".join(parts) if parts else ""


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text or None
