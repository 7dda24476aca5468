"""Fetching, unpacking, waiting and kernel settings on a real node."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.node

ROOT = "/var/tmp/provision-test"
SERVER = f"""[Service]
ExecStart=/usr/bin/python3 -m http.server --bind 127.0.0.1 --directory {ROOT}/www 18080
"""


@pytest.fixture(scope="module", autouse=True)
def served(call: Any) -> Iterator[None]:
    call("file", path=ROOT, state="absent")
    call("file", path=f"{ROOT}/www", state="directory", mode="0755")
    call("copy", dest=f"{ROOT}/www/data", content="data\n")
    call("copy", dest="/etc/systemd/system/provision-test-www.service", content=SERVER)
    call("systemd", name="provision-test-www", state="started", daemon_reload=True)
    yield
    call("systemd", name="provision-test-www", state="stopped")
    call("file", path="/etc/systemd/system/provision-test-www.service", state="absent")
    call("systemd", daemon_reload=True)
    call("file", path=ROOT, state="absent")


def test_fetch(call: Any) -> None:
    assert not call("wait_for", port=18080, timeout=30)["changed"]
    digest = hashlib.sha256(b"data\n").hexdigest()
    args = {"url": "http://127.0.0.1:18080/data", "dest": f"{ROOT}/got"}
    made = call("get_url", checksum=f"sha256:{digest}", mode="0640", group="adm", **args)
    assert made["changed"] and (made["mode"], made["group"]) == ("0640", "adm")
    assert not call("get_url", checksum=f"sha256:{digest}", mode="0640", **args)["changed"]
    assert call("uri", url=args["url"], return_content=True)["content"] == "data\n"
    assert call("uri", url=args["url"] + "-not")["status"] == 404


def test_unix_socket(call: Any) -> None:
    server = (
        "import http.server as h, socketserver as s\n"
        "class H(h.BaseHTTPRequestHandler):\n"
        " address_string = lambda self: ''\n"
        " def do_GET(self):\n"
        "  self.send_response(200); self.send_header('Content-Type', 'application/json')\n"
        "  self.end_headers(); self.wfile.write(b'[1, 2]')\n"
        f"s.UnixStreamServer('{ROOT}/socket', H).handle_request()\n"
    )
    call("copy", dest=f"{ROOT}/server.py", content=server)
    call("command", cmd=f"systemd-run --collect /usr/bin/python3 {ROOT}/server.py")
    call("wait_for", path=f"{ROOT}/socket", timeout=30)
    result = call("uri", url="http://engine/", unix_socket=f"{ROOT}/socket")
    assert result["json"] == [1, 2]


def test_unpack_as_root(call: Any) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        info = tarfile.TarInfo("tool-1.0/bin/tool")
        info.mode, info.size, info.uname, info.mtime = 0o755, 1, "daemon", 1_600_000_000
        archive.addfile(info, io.BytesIO(b"x"))
    args = {"src": "tool.tgz", "dest": ROOT, "extra_opts": ["--strip-components=1"]}
    sent = {"content_follows": True, "blob": out.getvalue()}
    assert call("unarchive", **args)["need_content"]
    assert call("unarchive", **args, **sent)["changed"]
    assert not call("unarchive", **args, **sent)["changed"]
    found = call("stat", path=f"{ROOT}/bin/tool")["stat"]
    assert (found["mode"], found["pw_name"]) == ("0755", "daemon")
    assert call("unarchive", **args, **sent, owner="root")["changed"]
    assert not call("unarchive", **args, **sent, owner="root")["changed"]
    assert call("stat", path=f"{ROOT}/bin/tool")["stat"]["pw_name"] == "root"


def test_file_owners(call: Any) -> None:
    path = f"{ROOT}/owned"
    made = call("copy", dest=path, content="x", owner="daemon", group="adm", mode="u=rw,g=r,o=")
    assert (made["owner"], made["group"], made["mode"]) == ("daemon", "adm", "0640")
    assert not call("file", path=path, owner="daemon", group="adm", mode="0640")["changed"]
    assert call("file", path=path, owner="root", check=True)["changed"]
    assert call("file", path=path, owner="root", mode="u+s")["changed"]
    assert call("stat", path=path)["stat"]["mode"] == "4640"
    kept = call("lineinfile", path=path, line="y")
    assert kept["changed"] and call("stat", path=path)["stat"]["gr_name"] == "adm"


def test_kernel_parameters(call: Any) -> None:
    args = {"name": "net.ipv4.ip_default_ttl", "sysctl_file": f"{ROOT}/99-test.conf"}
    before = call("command", cmd="sysctl -n net.ipv4.ip_default_ttl")["stdout"]
    assert call("sysctl", value="63", sysctl_set=True, **args)["changed"]
    assert not call("sysctl", value="63", sysctl_set=True, **args)["changed"]
    assert call("command", cmd="sysctl -n net.ipv4.ip_default_ttl")["stdout"] == "63"
    assert call("sysctl", value=before, sysctl_set=True, **args)["changed"]
    unknown = call("sysctl", name="no.such", value="1", sysctl_set=True, reload=False)
    assert unknown["failed"] and "kernel does not know" in unknown["msg"]
    call("lineinfile", path="/etc/sysctl.conf", regexp="^no.such", state="absent")


def test_hostname(call: Any) -> None:
    name = call("command", cmd="hostname")["stdout"]
    assert not call("hostname", name=name)["changed"]
    assert call("hostname", name="another-name", check=True)["changed"]
    assert call("hostname", name="another-name")["changed"]
    assert call("command", cmd="hostname")["stdout"] == "another-name"
    assert call("hostname", name=name)["changed"]
    assert "cannot be a host name" in call("hostname", name="a b")["msg"]


def test_kernel_modules(call: Any) -> None:
    missing = call("modprobe", name="no_such_kernel_module")
    assert missing["failed"] and "no_such_kernel_module" in missing["msg"]
    absent = {"name": "no_such_kernel_module", "state": "absent"}
    assert not call("modprobe", **absent)["changed"]
    assert call("modprobe", persistent="present", **absent)["changed"]
    assert not call("modprobe", persistent="present", **absent)["changed"]
    assert call("modprobe", persistent="absent", **absent)["changed"]
