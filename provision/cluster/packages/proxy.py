"""What several nodes fetch from package repositories crosses the network once.

A small HTTP proxy in the process of `provision up`, for that long and for its nodes only: when
the process ends, however it ends, nothing is left but the files. apt on the nodes checks what it
gets against the repositories' signatures, as it does without a proxy.

Only plain HTTP can be shared: what comes over HTTPS is fetched by each node (a baked image spares
that too).
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
import urllib.request
from collections.abc import Collection, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from provision.cluster.packages.download import Download, NoRedirects
from provision.cluster.packages.store import PackageStore

FRESH = 60.0
"""Seconds for which an answer is given to further nodes without asking its repository again."""
CLOSING = 2.0
"""Seconds that downloads may take to be stored after the last node has got its bytes."""


class PackageProxy(ThreadingHTTPServer):
    """Serves until closed.

    Parameters:
        address: this host's own, which the nodes reach.
        clients: the addresses that may use it.
        proxies: of the host itself, by scheme; empty for those of the environment.

    Attributes:
        served, asked: how often nodes asked, and how often a repository was asked for them.
    """

    daemon_threads = True

    def __init__(
        self,
        address: str,
        clients: Collection[str],
        store: PackageStore,
        proxies: Mapping[str, str] = {},
    ) -> None:
        super().__init__((address, 0), _Handler)
        self.clients = frozenset(clients)
        self.asked = self.served = 0
        self._store = store
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler(dict(proxies) or None), NoRedirects
        )
        self._downloads: dict[str, tuple[float, Download]] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True).start()

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def download(self, url: str) -> Download:
        """The download of a URL, one for all who ask at about the same time."""
        now = time.monotonic()
        with self._lock:
            began, found = self._downloads.get(url, (0.0, None))
            if found is None or found.failed or now - began > FRESH:
                found = Download(url, self._store, self._opener)
                self._downloads[url] = (now, found)
                self.asked += 1
            self.served += 1
            return found

    def close(self) -> None:
        """Stop serving, and keep the store within its limit."""
        self.shutdown()
        self.server_close()
        deadline = time.monotonic() + CLOSING
        for _, download in self._downloads.values():
            download.wait_until_kept(max(0.0, deadline - time.monotonic()))
        self._store.prune()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A node hung up: it will ask again."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: PackageProxy
    timeout = 120  # seconds that a node may keep an idle connection

    def do_GET(self) -> None:
        if refusal := self._refusal():
            self.send_error(403, refusal)
            return
        download = self.server.download(self.path)
        download.wait_for_headers()
        if download.status == 502:
            self.send_error(502, "the repository does not answer")
            return
        asked, is_from = self.headers["If-Modified-Since"], download.headers.get("Last-Modified")
        if download.status == 200 and asked and asked == is_from:
            self.send_response(304)
            self.end_headers()
            return
        self.send_response(download.status)
        for name, value in download.headers.items():
            self.send_header(name, value)
        if download.length is None:
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(download.length))
        self.end_headers()
        try:
            for chunk in download.chunks():
                self.wfile.write(chunk)
        except OSError:
            self.close_connection = True  # cut short, and the node sees that it is

    def _refusal(self) -> str:
        if self.client_address[0] not in self.server.clients:
            return "this proxy serves the cluster's nodes only"
        parts = urlsplit(self.path)
        if parts.scheme != "http" or not parts.hostname:
            return "this proxy fetches http:// addresses only"
        return _forbidden(parts.hostname)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads them."""


def _forbidden(host: str) -> str:
    """Nodes must not reach through this host what it offers to itself alone."""
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return ""  # there may be a proxy that knows it
    for text in found:
        address = ipaddress.ip_address(str(text).partition("%")[0])
        if address.is_loopback or address.is_link_local or address.is_unspecified:
            return f"{host} is this host's own"
    return ""
