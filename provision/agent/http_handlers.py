"""What urllib does otherwise here: redirects by policy, unix sockets."""

from __future__ import annotations

import urllib.parse
import urllib.request
from typing import Any, Optional, Sequence

from provision.agent.http_connections import UnixConnection


class Redirects(urllib.request.HTTPRedirectHandler):
    """Redirects as RFC 9110 has them, by the chosen policy."""

    def __init__(self, policy: str, unredirected: Sequence[str]) -> None:
        self.policy = policy
        self.unredirected = {name.lower() for name in unredirected}

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Optional[urllib.request.Request]:
        method = req.get_method()
        if self.policy == "none" or (self.policy == "safe" and method not in ("GET", "HEAD")):
            return None
        body = req.data
        if code == 303 or (code in (301, 302) and method == "POST"):
            method, body = ("HEAD" if method == "HEAD" else "GET"), None
        dropped = {"host", "content-length"} | (set() if body else {"content-type"})
        dropped |= self.unredirected
        if urllib.parse.urlsplit(newurl).netloc != urllib.parse.urlsplit(req.full_url).netloc:
            # Credentials are for the host they were given for.
            dropped |= {"authorization", "cookie"}
        kept = {key: value for key, value in req.headers.items() if key.lower() not in dropped}
        return urllib.request.Request(
            newurl.replace(" ", "%20"),
            body,
            kept,
            origin_req_host=req.origin_req_host,
            unverifiable=True,
            method=method,
        )

    # Python knows 308 from 3.11 on.
    http_error_308 = urllib.request.HTTPRedirectHandler.http_error_302


class UnixHandler(urllib.request.HTTPHandler):
    """Connects to a unix socket in place of the URL's host."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def http_open(self, req: Any) -> Any:
        def connect(host: str, timeout: Any = None) -> UnixConnection:
            seconds = timeout if isinstance(timeout, (int, float)) else None
            return UnixConnection(self._path, seconds, host)

        return self.do_open(connect, req)  # type: ignore[arg-type]
