"""The package proxy against a real HTTP server on this machine's loopback addresses."""

from __future__ import annotations

import hashlib
import http.client
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from provision.cluster.packages.proxy import PackageProxy
from provision.cluster.packages.store import Kept, PackageStore

DEB = b"!<arch>\n" + bytes(range(256)) * 4000


class Repository(ThreadingHTTPServer):
    """Counts what it is asked; ``cut`` breaks bodies off."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Pages)
        self.content = DEB
        self.modified = "Mon, 01 Jan 2024 00:00:00 GMT"
        self.cut = False
        self.gate = threading.Event()
        self.gate.set()
        self.whole: list[str] = []
        self.held: list[str] = []
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/pool/main/d/docker.deb"


class _Pages(BaseHTTPRequestHandler):
    server: Repository

    def do_HEAD(self) -> None:
        self.server.held.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.content)))
        self.end_headers()

    def do_GET(self) -> None:
        self.server.gate.wait(10)
        if self.path.endswith("absent"):
            self.send_error(404)
            return
        if self.headers["If-Modified-Since"] == self.server.modified:
            self.server.held.append(self.path)
            self.send_response(304)
            self.end_headers()
            return
        self.server.whole.append(self.path)
        body = self.server.content
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        if self.server.modified:
            self.send_header("Last-Modified", self.server.modified)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if self.server.cut else body)

    def log_message(self, format: str, *args: object) -> None:
        """Not needed."""


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    made = Repository()
    monkeypatch.setattr("provision.cluster.packages.proxy._forbidden", lambda host: "")
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def store(tmp_path: Path) -> PackageStore:
    return PackageStore(tmp_path / "packages")


@pytest.fixture
def proxy(store: PackageStore) -> Iterator[PackageProxy]:
    made = PackageProxy("127.0.0.1", ["127.0.0.1"], store)
    yield made
    made.close()


def get(proxy: PackageProxy, url: str, **headers: str) -> tuple[int, bytes]:
    host, port = proxy.server_address[:2]
    connection = http.client.HTTPConnection(str(host), port, timeout=10)
    try:
        connection.request("GET", url, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_nodes_that_ask_together_cost_one_download(
    proxy: PackageProxy, repository: Repository
) -> None:
    repository.gate.clear()
    with ThreadPoolExecutor(8) as nodes:
        asked = [nodes.submit(get, proxy, repository.url) for _ in range(8)]
        repository.gate.set()
        assert [each.result() for each in asked] == [(200, DEB)] * 8
    assert len(repository.whole) == 1
    assert (proxy.served, proxy.asked) == (8, 1)


def test_a_later_run_asks_only_whether_it_still_holds(
    store: PackageStore, proxy: PackageProxy, repository: Repository
) -> None:
    get(proxy, repository.url)
    proxy.close()
    later = PackageProxy("127.0.0.1", ["127.0.0.1"], store)
    assert get(later, repository.url) == (200, DEB)
    later.close()
    assert (len(repository.whole), len(repository.held)) == (1, 1)


def test_what_the_repository_has_replaced_is_fetched_again(
    store: PackageStore, proxy: PackageProxy, repository: Repository
) -> None:
    get(proxy, repository.url)
    proxy.close()
    repository.content, repository.modified = b"newer", "Tue, 02 Jan 2024 00:00:00 GMT"
    later = PackageProxy("127.0.0.1", ["127.0.0.1"], store)
    assert get(later, repository.url) == (200, b"newer")
    later.close()


def test_a_mirror_without_dates_is_asked_for_the_length_of_packages(
    store: PackageStore, proxy: PackageProxy, repository: Repository
) -> None:
    repository.modified = ""
    base = repository.url.removesuffix("docker.deb")
    digest = hashlib.sha256(DEB).hexdigest()
    urls = [f"{base}docker_1_all.deb", f"{base}by-hash/SHA256/{digest}", f"{base}InRelease"]
    for _ in range(2):
        again = PackageProxy("127.0.0.1", ["127.0.0.1"], store)
        assert [get(again, url) for url in urls] == [(200, DEB)] * 3
        again.close()
    names = [path.rpartition("/")[2] for path in repository.whole]
    assert names == ["docker_1_all.deb", digest, "InRelease", "InRelease"]
    assert [path.rpartition("/")[2] for path in repository.held] == ["docker_1_all.deb"]
    repository.content = b"newer"
    again = PackageProxy("127.0.0.1", ["127.0.0.1"], store)
    assert get(again, urls[0]) == (200, b"newer")
    again.close()


def test_a_download_that_breaks_off_is_not_kept_and_the_node_sees_it(
    store: PackageStore, proxy: PackageProxy, repository: Repository
) -> None:
    repository.cut = True
    with pytest.raises(http.client.IncompleteRead):
        get(proxy, repository.url)
    assert store.find(repository.url) is None
    repository.cut = False
    assert get(proxy, repository.url) == (200, DEB)


def test_a_damaged_file_is_never_given_out(
    tmp_path: Path, proxy: PackageProxy, repository: Repository
) -> None:
    get(proxy, repository.url)
    proxy.close()
    [path] = [p for p in (tmp_path / "packages").iterdir() if not p.suffix]
    path.write_bytes(DEB[:-1] + b"?")
    later = PackageProxy("127.0.0.1", ["127.0.0.1"], PackageStore(tmp_path / "packages"))
    assert get(later, repository.url) == (200, DEB)
    later.close()
    assert len(repository.whole) == 2


def test_what_a_killed_process_left_is_not_found_and_goes(tmp_path: Path) -> None:
    store = PackageStore(tmp_path)
    store.begin().write_bytes(b"half")
    assert store.find("http://x/half.deb") is None
    assert store.prune() == 0  # another process may be writing it
    assert store.prune(limit=0) == 4
    assert list(tmp_path.iterdir()) == []


def test_pruning_keeps_what_was_used_last(tmp_path: Path) -> None:
    store = PackageStore(tmp_path)
    for number, url in enumerate(("http://x/old.deb", "http://x/new.deb")):
        part = store.begin()
        part.write_bytes(DEB)
        os.utime(part, (number, number))
        store.finish(part, Kept(url, len(DEB), hashlib.sha256(DEB).hexdigest(), "", "then"))
    assert store.prune(limit=len(DEB)) == len(DEB)
    assert store.find("http://x/old.deb") is None
    assert store.find("http://x/new.deb") is not None
    assert store.size == len(DEB)


def test_a_node_that_has_it_is_told_so(proxy: PackageProxy, repository: Repository) -> None:
    assert get(proxy, repository.url, If_Modified_Since=repository.modified) == (304, b"")


def test_errors_are_passed_on_and_asked_anew(proxy: PackageProxy, repository: Repository) -> None:
    url = repository.url + "absent"
    assert get(proxy, url)[0] == 404
    assert get(proxy, url)[0] == 404
    assert proxy.asked == 2


def test_a_repository_that_is_gone_is_an_error_of_the_gateway(
    proxy: PackageProxy, repository: Repository
) -> None:
    repository.shutdown()
    repository.server_close()
    assert get(proxy, repository.url)[0] == 502


def test_it_is_for_the_clusters_nodes_alone(store: PackageStore, repository: Repository) -> None:
    proxy = PackageProxy("127.0.0.1", ["192.0.2.1"], store)
    assert get(proxy, repository.url)[0] == 403
    proxy.close()
    assert repository.whole == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8500/v1/kv/", "http://169.254.169.254/latest/", "ftp://x/", "/etc"]
)
def test_it_leads_nowhere_but_to_repositories(proxy: PackageProxy, url: str) -> None:
    assert get(proxy, url)[0] == 403
