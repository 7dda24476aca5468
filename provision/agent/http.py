"""HTTP requests of modules, and their answers.

What carries them out is imported with the first one: 25 ms, with TLS, email and cookies, that
neither a controller needs, which reads the parameters of modules, nor a module without a URL.
"""

from __future__ import annotations

import os
import time
import urllib.parse
from typing import IO, BinaryIO, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from provision.agent.task import ModuleFailed, ModuleTask


class HttpError(Exception):
    """No answer: no name, no connection, no TLS, no time."""


class Request(NamedTuple):
    """What to ask.

    Parameters:
        redirects: all, none, or safe (only for GET and HEAD).
        timeout: for connecting and each read, seconds.
        basic_at_once: send credentials without being asked for them.
        ca_path, client_cert, client_key: PEM files.
        unix_socket: a path to connect to in place of the URL's host.
        ciphers: OpenSSL's names.
        decompress: an answer that came as gzip is unpacked.
        unredirected: names of headers that are for the first server only.
    """

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = {}
    body: Optional[bytes] = None
    timeout: float = 30
    redirects: str = "safe"
    username: Optional[str] = None
    password: Optional[str] = None
    basic_at_once: bool = False
    validate_certs: bool = True
    ca_path: Optional[str] = None
    client_cert: Optional[str] = None
    client_key: Optional[str] = None
    unix_socket: Optional[str] = None
    use_proxy: bool = True
    use_netrc: bool = True
    ciphers: Optional[List[str]] = None
    decompress: bool = False
    unredirected: Sequence[str] = ()


class Response(NamedTuple):
    """The answer; ``stream`` is read and closed by the caller."""

    status: int
    reason: str
    url: str
    headers: List[Tuple[str, str]]
    stream: IO[bytes]
    unpacked: bool = False

    def header(self, name: str) -> str:
        """A header's values, joined with commas; "" without one."""
        return ", ".join(v for k, v in self.headers if k.lower() == name.lower())


def send(task: ModuleTask, request: Request) -> Response:
    """Ask, following redirects; an answer of any status is an answer.

    Raises:
        HttpError: there was none.
        ModuleFailed: the request itself is wrong (URL, certificate files).
    """
    from provision.agent import http_sending

    return http_sending.send(task, request)


def read(response: Response) -> bytes:
    """The whole body. Raises HttpError when it is cut short."""
    from http.client import HTTPException

    try:
        with response.stream as stream:
            return stream.read()
    except (OSError, HTTPException) as error:
        raise HttpError(f"the answer was cut short: {error}") from None


def download(task: ModuleTask, request: Request, path: str) -> Response:
    """Write the body of a successful answer to a file (0600 if it is new).

    Raises:
        ModuleFailed: no answer, a status other than 2xx, or it cannot be written.
    """
    from http.client import HTTPException
    from socket import timeout

    try:
        response = send(task, request)
        with response.stream:
            if not 200 <= response.status < 300:
                raise ModuleFailed(
                    f"{shown(request.url)} answered {response.status} {response.reason}",
                    status_code=response.status,
                    url=shown(request.url),
                )
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                _copy(task, response, file)
                written = file.tell()
    except (HttpError, HTTPException, timeout) as error:
        raise ModuleFailed(f"cannot fetch {shown(request.url)}: {error}") from None
    except OSError as error:
        raise ModuleFailed(f"cannot store {shown(request.url)} in {path}: {error}") from None
    length = response.header("content-length")
    counted = length.isdigit() and not response.unpacked and request.method != "HEAD"
    if counted and int(length) != written:
        raise ModuleFailed(f"{shown(request.url)} was cut short: {written} of {length} bytes")
    return response


def _copy(task: ModuleTask, response: Response, file: BinaryIO) -> None:
    """The body into a file, with word of how far it is each second."""
    length = response.header("content-length")
    of = f" of {int(length) / 1e6:.1f}" if length.isdigit() else ""
    told = time.monotonic()
    while True:
        data = response.stream.read(1 << 16)
        if not data:
            return
        file.write(data)
        if time.monotonic() - told >= 1:
            told = time.monotonic()
            task.emit(f"{file.tell() / 1e6:.1f}{of} MB of {shown(response.url)}\n")


def shown(url: str) -> str:
    """A URL without the password it may hold."""
    parts = urllib.parse.urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
