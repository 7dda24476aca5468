"""An HTTP server on a unix socket that answers as an Engine would."""

from __future__ import annotations

import contextlib
import json
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit


class FakeEngine:
    """Parameters:
    path: of the socket.
    api_version: what /_ping tells; empty for a server that is no Engine.
    """

    def __init__(self, path, api_version="1.41"):
        self.host = f"unix://{path}"
        self.requests: list[Any] = []
        self.answers: dict[Any, Any] = {}
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def address_string(self):
                return "client"

            def log_message(self, *args):
                pass

            def handle_any(self):
                parts = urlsplit(self.path)
                body = self.body()
                if parts.path == "/_ping":
                    self.answer(200, b"OK", "text/plain")
                    return
                version, path = parts.path[1:].split("/", 1)
                fake.requests.append(
                    (self.command, version, "/" + path, dict(parse_qsl(parts.query)), body)
                )
                status, answer = fake.answers.get((self.command, "/" + path), (404, None))
                if callable(answer):
                    answer = answer(body)
                if not isinstance(answer, bytes):
                    answer = json.dumps(answer or {"message": "no such thing"}).encode()
                self.answer(status, answer, "application/json")

            def body(self):
                if self.headers.get("Transfer-Encoding") == "chunked":
                    data = b""
                    while size := int(self.rfile.readline(), 16):
                        data += self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                    return data
                data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                kind = self.headers.get("Content-Type")
                return json.loads(data) if kind == "application/json" else data

            def answer(self, status, body, kind):
                # A client that gave up waiting is gone.
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    self.send_header("Content-Type", kind)
                    if api_version:
                        self.send_header("Api-Version", api_version)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            do_GET = do_POST = do_DELETE = handle_any  # noqa: N815

        self._server = socketserver.ThreadingUnixStreamServer(str(path), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
