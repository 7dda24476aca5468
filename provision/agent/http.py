"""HTTP requests with the standard library: TLS options, redirects, sockets, credentials."""

from __future__ import annotations

import base64
import gzip
import http.client
import os
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import IO, Any, BinaryIO, Dict, List, Mapping, Optional, Sequence, Tuple, cast

from provision.agent.http_handlers import Redirects, UnixHandler
from provision.agent.task import ModuleFailed, ModuleTask
from provision.agent.tls import Tls, client_context


class HttpError(Exception):
    """No answer: no name, no connection, no TLS, no time."""


@dataclass
class Request:
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
    headers: Mapping[str, str] = field(default_factory=dict)
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


@dataclass
class Response:
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
    url, username, password = _credentials(request)
    scheme = urllib.parse.urlsplit(url).scheme
    if scheme not in ("http", "https", "file", "ftp"):
        raise ModuleFailed(f"'{shown(url)}' is not a URL of http, https, ftp or file")
    handlers: List[urllib.request.BaseHandler] = [
        Redirects(request.redirects, request.unredirected),
        urllib.request.ProxyHandler(_proxies(task, request, url)),
        urllib.request.HTTPSHandler(context=tls_context(request)),
    ]
    if request.unix_socket:
        handlers.append(UnixHandler(request.unix_socket))
    headers = dict(request.headers)
    if username is not None:
        if request.basic_at_once:
            pair = f"{username}:{password or ''}".encode()
            headers["Authorization"] = "Basic " + base64.b64encode(pair).decode("ascii")
        else:
            manager = urllib.request.HTTPPasswordMgrWithDefaultRealm()
            manager.add_password(None, url, username, password or "")
            handlers.append(urllib.request.HTTPBasicAuthHandler(manager))
            handlers.append(urllib.request.HTTPDigestAuthHandler(manager))
    opener = urllib.request.build_opener(*handlers)
    opener.addheaders = []
    asked = urllib.request.Request(url, request.body, headers, method=request.method)
    task.emit(f"{request.method} {shown(url)}\n")
    try:
        answer = opener.open(asked, timeout=request.timeout)
    except urllib.error.HTTPError as error:
        answer = error
    except urllib.error.URLError as error:
        raise HttpError(_reason(error.reason, request)) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise HttpError(_reason(error, request)) from None
    made = Response(
        answer.status or 200,
        str(getattr(answer, "reason", "") or ""),
        answer.geturl(),
        list(answer.headers.items()),
        answer,
    )
    if request.decompress and made.header("content-encoding").lower() == "gzip":
        made.stream = cast("IO[bytes]", gzip.GzipFile(fileobj=answer))
        made.unpacked = True
    return made


def read(response: Response) -> bytes:
    """The whole body. Raises HttpError when it is cut short."""
    try:
        with response.stream as stream:
            return stream.read()
    except (OSError, http.client.HTTPException) as error:
        raise HttpError(f"the answer was cut short: {error}") from None


def download(task: ModuleTask, request: Request, path: str) -> Response:
    """Write the body of a successful answer to a file (0600 if it is new).

    Raises:
        ModuleFailed: no answer, a status other than 2xx, or it cannot be written.
    """
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
    except (HttpError, http.client.HTTPException, socket.timeout) as error:
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


def tls_context(request: Request) -> ssl.SSLContext:
    """TLS as the request wants it. Raises ModuleFailed for unusable certificate files."""
    context = client_context(
        Tls(request.validate_certs, request.ca_path, request.client_cert, request.client_key)
    )
    if request.ciphers:
        _set_ciphers(context, request.ciphers)
    return context


def _set_ciphers(context: ssl.SSLContext, names: List[str]) -> None:
    try:
        context.set_ciphers(":".join(names))
    except ssl.SSLError as error:
        raise ModuleFailed(f"cannot use the ciphers {':'.join(names)}: {error}") from None


def _credentials(request: Request) -> Tuple[str, Optional[str], Optional[str]]:
    parts = urllib.parse.urlsplit(request.url)
    username, password = request.username, request.password
    if username is None and parts.username is not None:
        username = urllib.parse.unquote(parts.username)
        password = urllib.parse.unquote(parts.password or "")
    given = any(name.lower() == "authorization" for name in request.headers)
    if username is None and request.use_netrc and not given and parts.hostname:
        username, password = _netrc(parts.hostname)
    return shown(request.url), username, password


def _netrc(host: str) -> Tuple[Optional[str], Optional[str]]:
    import netrc  # only where there is such a file

    path = os.environ.get("NETRC") or os.path.expanduser("~/.netrc")
    if not os.path.isfile(path):
        return None, None
    try:
        found = netrc.netrc(path).authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return None, None
    return (found[0], found[2]) if found else (None, None)


def _proxies(task: ModuleTask, request: Request, url: str) -> Dict[str, str]:
    """Proxies of the task's environment over the agent's; none where no_proxy says so."""
    if not request.use_proxy or request.unix_socket:
        return {}
    env = dict(os.environ, **task.env)
    found = {
        name[: -len("_proxy")].lower(): value
        for name, value in sorted(env.items())
        if name.lower().endswith("_proxy") and value
    }
    host = urllib.parse.urlsplit(url).hostname or ""
    no = found.pop("no", "")
    if no and urllib.request.proxy_bypass_environment(host, {"no": no}):  # type: ignore[attr-defined]
        return {}
    return found


def _reason(error: Any, request: Request) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"the server's certificate is not trusted: {error.verify_message}; ca_path names "
            "an authority to trust"
        )
    if isinstance(error, (socket.timeout, TimeoutError)):
        return f"no answer within {request.timeout:g} s"
    if isinstance(error, socket.gaierror):
        host = urllib.parse.urlsplit(request.url).hostname
        return f"the name {host} cannot be resolved: {error.strerror}"
    if isinstance(error, OSError) and error.strerror:
        where = request.unix_socket or urllib.parse.urlsplit(shown(request.url)).netloc
        return f"{error.strerror} ({where})"
    return str(error) or type(error).__name__
