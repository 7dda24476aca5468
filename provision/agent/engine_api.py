"""A client of the Docker Engine's HTTP API, over its unix socket or TCP with TLS.

Source: https://docs.docker.com/reference/api/engine/
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO, Callable, List, Mapping, Optional, Tuple, Union
from urllib.parse import quote, urlencode, urlsplit

from provision.agent.task import ModuleFailed
from provision.agent.tls import Tls

if TYPE_CHECKING:
    from http.client import HTTPConnection, HTTPResponse

DEFAULT_HOST = "unix:///var/run/docker.sock"
# The newest API these modules were written against; an Engine speaks older versions too.
NEWEST_VERSION = (1, 48)

Query = Mapping[str, Any]
Body = Union[None, Mapping[str, Any], List[Any], BinaryIO]
Connector = Callable[[Optional[float]], "HTTPConnection"]


class EngineError(ModuleFailed):
    """The Engine answered with an error.

    Parameters:
        message: what was asked and what the Engine said.
        status: the HTTP status.
        reason: the Engine's own message alone.
    """

    def __init__(self, message: str, status: int, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class EngineSilent(ModuleFailed):
    """The Engine did not answer in time; what was asked may still be under way."""


class Engine:
    """One Docker Engine. Every call is its own connection, so nothing is left open.

    Parameters:
        host: ``unix:///path``, ``tcp://host:port``, ``http://`` or ``https://``.
        timeout: seconds to wait for each answer to begin or go on; None: for ever.
        api_version: such as "1.41"; "auto" asks the Engine once.
        tls: None for plain connections.
        connector: makes the connections, given the timeout; ``host`` is then a name for messages.
    """

    def __init__(
        self,
        host: str = DEFAULT_HOST,
        timeout: Optional[float] = 60,
        api_version: str = "auto",
        tls: Optional[Tls] = None,
        connector: Optional[Connector] = None,
    ) -> None:
        self.host = host
        self.timeout = timeout
        self.calls: List[str] = []
        self._tls = tls
        self._connector = connector
        self._version = None if api_version == "auto" else api_version

    @property
    def version(self) -> Tuple[int, ...]:
        """The API version in use, such as (1, 41)."""
        return _numbers(self._negotiated())

    def get(self, path: str, query: Optional[Query] = None) -> Any:
        return self.request("GET", path, query)

    def post(self, path: str, body: Body = None, query: Optional[Query] = None) -> Any:
        return self.request("POST", path, query, body)

    def delete(self, path: str, query: Optional[Query] = None) -> Any:
        return self.request("DELETE", path, query)

    def find(self, path: str, query: Optional[Query] = None) -> Any:
        """As ``get``, but None where the Engine knows no such thing."""
        try:
            return self.get(path, query)
        except EngineError as error:
            if error.status == 404:
                return None
            raise

    def request(
        self,
        method: str,
        path: str,
        query: Optional[Query] = None,
        body: Body = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Any:
        """One call; the decoded JSON answer, a list of objects where the Engine streams them.

        Parameters:
            path: below the version, starting with ``/``; segments quoted with ``segment``.
            query: None values are left out, booleans written as the Engine wants them,
                dictionaries (``filters``) as JSON.
            body: JSON data, or what has ``read`` as a binary file, streamed as a tar archive.
            headers: further ones, such as X-Registry-Auth.

        Raises:
            EngineError: the Engine refused.
            ModuleFailed: it cannot be reached, or was silent longer than the timeout.
        """
        return _decoded(*self._checked(method, path, query, body, headers))

    def raw(self, path: str, query: Optional[Query] = None) -> bytes:
        """As ``get``, for answers that are not JSON (a container's logs)."""
        return self._checked("GET", path, query, None)[1]

    def waiting(self) -> Engine:
        """The same Engine, for calls that answer when something has ended, whenever that is."""
        return Engine(self.host, None, self._negotiated(), self._tls, self._connector)

    def open(
        self,
        method: str,
        path: str,
        query: Optional[Query] = None,
        body: Body = None,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Tuple[HTTPConnection, HTTPResponse]:
        """As ``request``, but the caller reads the answer, then closes the connection."""
        # 16 ms, which those who only name an Engine are spared.
        from http.client import HTTPException

        target = f"/v{self._negotiated()}{path}"
        connection = self._connect()
        try:
            answer = self._send(connection, method, target + _query(query), body, headers or {})
            self.calls.append(f"{method} {target} {answer.status}")
            if answer.status >= 400:
                reason = _reason(answer.status, answer.read())
                message = f"Docker Engine: {method} {path.partition('?')[0]}: {reason}"
                raise EngineError(message, answer.status, reason)
        except (OSError, HTTPException) as error:
            connection.close()
            raise self.unreachable(error) from None
        except BaseException:
            connection.close()
            raise
        return connection, answer

    def _checked(
        self,
        method: str,
        path: str,
        query: Optional[Query],
        body: Body,
        headers: Optional[Mapping[str, str]] = None,
    ) -> Tuple[str, bytes]:
        from http.client import HTTPException

        connection, answer = self.open(method, path, query, body, headers)
        try:
            return answer.getheader("Content-Type", ""), answer.read()
        except (OSError, HTTPException) as error:
            raise self.unreachable(error) from None
        finally:
            connection.close()

    def _negotiated(self) -> str:
        if self._version is None:
            from http.client import HTTPException

            connection = self._connect()
            try:
                connection.request("GET", "/_ping")
                answer = connection.getresponse()
                offered = answer.getheader("Api-Version")
                answer.read()
            except (OSError, HTTPException) as error:
                raise self.unreachable(error) from None
            finally:
                connection.close()
            if not offered:
                raise ModuleFailed(
                    f"{self.host} answered {answer.status} without an Api-Version header: "
                    "it is not a Docker Engine, or a proxy stands before it"
                )
            newest = ".".join(str(n) for n in NEWEST_VERSION)
            self._version = offered if _numbers(offered) <= NEWEST_VERSION else newest
        return self._version

    def _send(
        self,
        connection: HTTPConnection,
        method: str,
        target: str,
        body: Body,
        headers: Mapping[str, str],
    ) -> HTTPResponse:
        sent = dict(headers)
        payload: Any = body
        if isinstance(body, (dict, list)):
            payload = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        elif body is not None:
            sent["Content-Type"] = "application/x-tar"
        try:
            connection.request(method, target, payload, sent)
        except BrokenPipeError:
            # The Engine may refuse before it has read all; its answer says why.
            pass
        return connection.getresponse()

    def _connect(self) -> HTTPConnection:
        if self._connector is not None:
            return self._connector(self.timeout)
        from http.client import HTTPConnection

        from provision.agent.http_connections import TlsConnection, UnixConnection

        parts = urlsplit(self.host)
        if parts.scheme == "unix":
            return UnixConnection(parts.path or self.host[len("unix://") :], self.timeout)
        if parts.scheme not in ("tcp", "http", "https"):
            raise ModuleFailed(f"docker_host '{self.host}' is not unix:///path or tcp://host:port")
        host = parts.hostname or "localhost"
        if self._tls is None and parts.scheme != "https":
            return HTTPConnection(host, parts.port or 2375, timeout=self.timeout)
        return TlsConnection(host, parts.port or 2376, self._tls or Tls(True), self.timeout)

    def unreachable(self, error: Exception) -> ModuleFailed:
        """What to raise for a connection that broke."""
        from socket import timeout

        if isinstance(error, (FileNotFoundError, ConnectionRefusedError)):
            why = "is dockerd installed and running? see: systemctl status docker"
        elif isinstance(error, PermissionError):
            why = "use become, or a user of the group 'docker'"
        elif isinstance(error, timeout):
            return EngineSilent(
                f"the Docker Engine at {self.host} did not answer within {self.timeout or 0:g} s"
            )
        else:
            why = "see: journalctl -u docker"
        return ModuleFailed(f"cannot talk to the Docker Engine at {self.host}: {error}; {why}")


def segment(name: str) -> str:
    """A name made fit for one part of a path."""
    return quote(name, safe="")


def _query(query: Optional[Query]) -> str:
    pairs = {key: _query_value(value) for key, value in (query or {}).items() if value is not None}
    return "?" + urlencode(pairs) if pairs else ""


def _query_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, (dict, list)) else str(value)


def _decoded(kind: str, data: bytes) -> Any:
    text = data.decode("utf-8", "replace")
    if not text.strip() or "json" not in kind:
        return text or None
    try:
        return json.loads(text)
    except ValueError:
        # Progress (pull, load, push) is one JSON object a line, whatever the type says.
        return [json.loads(line) for line in text.splitlines() if line.strip()]


def _reason(status: int, data: bytes) -> str:
    text = data.decode("utf-8", "replace").strip()
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        from http.client import responses

        return text or f"HTTP status {status} ({responses.get(status, 'unknown')})"


def _numbers(version: str) -> Tuple[int, ...]:
    try:
        return tuple(int(part) for part in version.split("."))
    except ValueError:
        raise ModuleFailed(f"'{version}' is not an Engine API version such as 1.41") from None
