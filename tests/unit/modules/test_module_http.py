"""uri and get_url against real servers on this machine."""

from __future__ import annotations

import base64
import hashlib
import json
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from provision.agent.modules import get_url
from provision.agent.task import ModuleTask

SUM = hashlib.sha256(b"payload").hexdigest()


class Handler(BaseHTTPRequestHandler):
    asked: list[str] = []

    def log_message(self, *args: Any) -> None:
        pass

    def address_string(self) -> str:
        return "local"

    def do_GET(self) -> None:
        self.asked.append(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        seen = {
            "method": self.command,
            "body": body,
            "path": self.path,
            "headers": {k.lower(): v for k, v in self.headers.items()},
        }
        if self.path.startswith("/redirect/"):
            _, _, code, where = self.path.split("/")
            return self.answer(int(code), b"", Location="/" + where)
        if self.path == "/auth" and not self.headers.get("Authorization"):
            return self.answer(401, b"", **{"WWW-Authenticate": 'Basic realm="x"'})
        if self.path == "/missing":
            return self.answer(404, b"no such thing")
        if self.path == "/file.bin":
            return self.answer(200, b"payload")
        if self.path == "/SUMS":
            return self.answer(200, f"{'0' * 64}  other\n{SUM} *file.bin\n".encode())
        return self.answer(
            200,
            json.dumps(seen).encode(),
            **{"Content-Type": "application/json", "X-Some-Header": "v", "Set-Cookie": "a=b"},
        )

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        thread = threading.Thread(target=served.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{served.server_address[1]}"
        served.shutdown()


def test_get(call: Any, server: str) -> None:
    result = call("uri", url=server + "/x?y=1", headers={"X-Token": 5}, return_content=True)
    assert result["status"] == 200 and not result["changed"] and not result["redirected"]
    assert result["json"]["headers"]["x-token"] == "5"
    assert json.loads(result["content"]) == result["json"]
    assert result["x_some_header"] == "v" and result["cookies"] == {"a": "b"}
    assert result["msg"].startswith("OK (") and result["url"] == server + "/x?y=1"


@pytest.mark.parametrize(
    ("body_format", "body", "sent", "kind"),
    [
        ("json", {"a": [1]}, '{"a": [1]}', "application/json"),
        ("json", '{"a": 1}', '{"a": 1}', "application/json"),
        ("form-urlencoded", {"a": "b c", "d": [1, 2]}, "a=b+c&d=1&d=2", None),
        ("raw", "text", "text", None),
    ],
)
def test_bodies(
    call: Any, server: str, body_format: str, body: Any, sent: str, kind: str | None
) -> None:
    seen = call("uri", url=server, method="put", body=body, body_format=body_format)["json"]
    assert (seen["method"], seen["body"]) == ("PUT", sent)
    if kind:
        assert seen["headers"]["content-type"] == kind


def test_an_unwanted_status_fails_with_the_answer(call: Any, server: str) -> None:
    result = call("uri", url=server + "/missing")
    assert result["failed"] and result["status"] == 404 and result["content"] == "no such thing"
    assert "404" in result["msg"] and "[200]" in result["msg"]
    assert call("uri", url=server + "/missing", status_code=[200, 404])["status"] == 404


def test_redirects(call: Any, server: str) -> None:
    result = call("uri", url=server + "/redirect/302/to")
    assert result["redirected"] and result["url"] == server + "/to"
    stopped = call("uri", url=server + "/redirect/302/to", follow_redirects="none", status_code=302)
    assert stopped["location"] == server + "/to"
    post = {"method": "POST", "body": "b"}
    assert call("uri", url=server + "/redirect/302/to", status_code=302, **post)["status"] == 302
    seen = call("uri", url=server + "/redirect/302/to", follow_redirects="all", **post)["json"]
    assert (seen["method"], seen["body"]) == ("GET", "")
    seen = call("uri", url=server + "/redirect/308/to", follow_redirects="all", **post)["json"]
    assert (seen["method"], seen["body"]) == ("POST", "b")


def test_credentials(call: Any, server: str) -> None:
    basic = "Basic " + base64.b64encode(b"me:se cret").decode()
    args = {"url_username": "me", "url_password": "se cret"}
    assert call("uri", url=server + "/auth", **args)["json"]["headers"]["authorization"] == basic
    seen = call("uri", url=server + "/y", force_basic_auth=True, **args)["json"]
    assert seen["headers"]["authorization"] == basic
    with_both = server.replace("//", "//me:se%20cret@") + "/auth"
    result = call("uri", url=with_both)
    assert result["status"] == 200 and "cret" not in result["url"]


def test_no_answer(call: Any, tmp_path: Path) -> None:
    result = call("uri", url="http://127.0.0.1:1/")
    assert result["failed"] and result["status"] == -1 and "refused" in result["msg"]
    assert "not a URL" in call("uri", url="127.0.0.1")["msg"]
    result = call("uri", url="http://x/", unix_socket=str(tmp_path / "none"))
    assert "No such file" in result["msg"] and str(tmp_path) in result["msg"]


def test_unix_socket(call: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socketserver.UnixStreamServer(path, Handler) as served:
        threading.Thread(target=served.serve_forever, args=(0.05,), daemon=True).start()
        result = call("uri", url="http://engine/_ping", unix_socket=path)
        served.shutdown()
    assert result["json"]["path"] == "/_ping" and result["json"]["headers"]["host"] == "engine"


def test_dest_and_creates(call: Any, server: str, tmp_path: Path) -> None:
    dest = tmp_path / "f"
    assert call("uri", url=server + "/file.bin", dest=str(dest), mode="0600")["mode"] == "0600"
    assert dest.read_bytes() == b"payload"
    assert not call("uri", url=server + "/file.bin", dest=str(dest))["changed"]
    assert "exists" in call("uri", url=server, creates=str(dest))["msg"]


def test_get_url(call: Any, server: str, tmp_path: Path) -> None:
    dest = tmp_path / "f"
    args = {"url": server + "/file.bin", "dest": str(dest)}
    assert call("get_url", check=True, **args)["changed"] and not dest.exists()
    made = call("get_url", mode="0640", **args)
    assert made["changed"] and made["mode"] == "0640" and made["size"] == 7
    assert made["status_code"] == 200 and made["msg"] == "OK (7 bytes)"
    Handler.asked.clear()
    assert not call("get_url", mode="0640", **args)["changed"]
    assert Handler.asked == ["/file.bin"]  # the server knows whether it has a newer one
    assert not call("get_url", check=True, **args)["changed"]
    Handler.asked.clear()
    assert not call("get_url", checksum=f"sha256:{SUM}", **args)["changed"]
    assert Handler.asked == []
    assert not call("get_url", force=True, **args)["changed"]
    assert Handler.asked == ["/file.bin"]
    dest.write_text("broken")
    again = call("get_url", checksum=f"sha256:{server}/SUMS", backup=True, **args)
    assert again["changed"] and Path(again["backup_file"]).read_text() == "broken"
    assert call("get_url", url=args["url"], dest=str(tmp_path))["dest"] == str(
        tmp_path / "file.bin"
    )


def test_get_url_refuses(call: Any, server: str, tmp_path: Path) -> None:
    args = {"url": server + "/file.bin", "dest": str(tmp_path / "f")}
    assert "not what was expected" in call("get_url", checksum="sha1:" + "0" * 40, **args)["msg"]
    assert "in hex" in call("get_url", checksum="sha1:00", **args)["msg"]
    assert "is not algorithm:hex" in call("get_url", checksum="0" * 40, **args)["msg"]
    missing = call("get_url", url=server + "/missing", dest=str(tmp_path / "f"))
    assert "404" in missing["msg"] and missing["status_code"] == 404
    sums = call("get_url", checksum=f"sha256:{server}/SUMS", url=server + "/z", dest=args["dest"])
    assert "no checksum for z" in sums["msg"]
    assert list(tmp_path.iterdir()) == []


def test_what_is_asked_and_how_far_a_download_is(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    clock = iter(range(100, 10_000, 2))  # every look is two seconds later
    monkeypatch.setattr("provision.agent.http.time.monotonic", lambda: next(clock))
    args = get_url.SPEC.validate(
        {"url": server.replace("//", "//me:secret@") + "/file.bin", "dest": str(tmp_path / "x")},
        on_node=True,
    )
    get_url.run(ModuleTask(args, emit=said.append))
    assert said == [f"GET {server}/file.bin\n", f"0.0 of 0.0 MB of {server}/file.bin\n"]
