"""Sending HTTP requests with urllib: TLS options, redirects, sockets, credentials."""

from __future__ import annotations

import base64
import gzip
import http.client
import os
import socket
import ssl
import urllib.error
import urllib.parse
import urllib.request
from typing import IO, Any, Dict, List, Optional, Tuple, cast

from provision.agent.http import HttpError, Request, Response, shown
from provision.agent.http_handlers import Redirects, UnixHandler
from provision.agent.task import ModuleFailed, ModuleTask
from provision.agent.tls import Tls, client_context


def send(task: ModuleTask, request: Request) -> Response:
    """As ``http.send``."""
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
        unpacked = cast("IO[bytes]", gzip.GzipFile(fileobj=answer))
        return made._replace(stream=unpacked, unpacked=True)
    return made


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
