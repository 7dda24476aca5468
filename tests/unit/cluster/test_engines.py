"""Engines asked from here: a server with a node's certificate stands for one."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from provision.cluster import engine_address, engines, tls
from provision.cluster.cluster import Cluster
from provision.cluster.engines import answer_over_tls
from provision.errors import MachineError
from provision.machines.driver import Endpoint
from tests.unit.cluster.static_cluster import static_cluster

NODE = "lab-node-1"


class _Engine(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = {"/_ping": "OK", "/v1.41/version": {"Version": "20.10.24"}}.get(self.path)
        body = json.dumps(found or {"message": "page not found"}).encode()
        self.send_response(200 if found else 404)
        self.send_header("Api-Version", "1.41")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said: object) -> None:
        pass


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    # On the loopback the cluster's address is taken, as for forwarded SSH ports.
    here = Endpoint("127.0.0.1", "root", cluster_address="127.0.0.1")
    made = static_cluster(tmp_path, {NODE: here})
    tls.ensure(made)
    return made


@pytest.fixture
def engine(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An Engine that lets only the cluster's clients in."""
    files = tls.TlsFiles.of(cluster.store)
    trusted = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=files.authority[0])
    trusted.verify_mode = ssl.CERT_REQUIRED
    trusted.load_cert_chain(*files.server(NODE))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Engine)
    server.socket = trusted.wrap_socket(server.socket, server_side=True)
    for module in (engine_address, engines):
        monkeypatch.setattr(module, "ENGINE_PORT", server.server_address[1])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield
    server.shutdown()
    server.server_close()


@pytest.mark.usefixtures("engine")
def test_an_engine_answers_to_the_clusters_certificates(cluster: Cluster) -> None:
    assert answer_over_tls(cluster, NODE, "/version") == {"Version": "20.10.24"}
    assert engines.engine_of(cluster, NODE).version == (1, 41)


@pytest.mark.usefixtures("engine")
def test_what_an_engine_refuses_names_the_machine(cluster: Cluster) -> None:
    with pytest.raises(MachineError, match="page not found") as refused:
        answer_over_tls(cluster, NODE, "/nothing")
    assert refused.value.host == NODE


def test_an_engine_that_is_not_there_has_a_way_on(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_address, "ENGINE_PORT", 1)
    with pytest.raises(MachineError, match="cannot talk to the Docker Engine") as silent:
        answer_over_tls(cluster, NODE, "/version")
    assert f"provision machine provision {NODE}" in str(silent.value.hint)
