"""The program that gives a node's metrics: to whom, of what, and what of a silent source."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.unit.consul.test_role import ROOT

GATE = ROOT / "playbooks" / "roles" / "monitoring" / "files" / "metrics-gate"
TOKEN = "the-token"


class Sources(BaseHTTPRequestHandler):
    """Node exporter, the Engine and Consul on one port."""

    leader: object = "10.0.0.1:8300"
    """None: no server answers."""

    def do_GET(self) -> None:
        consul = self.path.startswith("/v1/")
        if consul and self.headers.get("X-Consul-Token") != TOKEN:
            return self.reply(403, "no token")
        bodies: dict[str, object] = {
            "/metrics": "of_the_node 1\n",
            "/v1/agent/metrics?format=prometheus": "consul_raft_apply 5",
            "/v1/status/leader": self.leader,
            "/v1/agent/self": {"Stats": {"raft": {"term": "12"}}},
            "/v1/catalog/service/node-metrics": [
                {"Node": "n2", "Address": "a", "ServiceAddress": "10.0.0.2", "ServicePort": 9990},
                {"Node": "n1", "Address": "10.0.0.1", "ServiceAddress": "", "ServicePort": 9990},
            ],
        }
        body = bodies[self.path]
        if body is None:
            return self.reply(500, "No known Consul servers")
        return self.reply(200, body if isinstance(body, str) and not consul else json.dumps(body))

    def reply(self, status: int, body: str) -> None:
        if self.path.startswith("/v1/agent/metrics"):
            body = json.loads(body) if status == 200 else body
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def sources() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sources)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def gate(tmp_path: Path, sources: str) -> Iterator[str]:
    yield from _gate(tmp_path, sources, "127.0.0.1,10.0.0.9")


def _gate(tmp_path: Path, sources: str, allow: str) -> Iterator[str]:
    (tmp_path / "token").write_text(TOKEN)
    with ThreadingHTTPServer(("127.0.0.1", 0), Sources) as taken:
        port = taken.server_address[1]
    options = [*("--listen", f"127.0.0.1:{port}", "--allow", allow)]
    options += ["--token", str(tmp_path / "token"), "--node", sources, "--docker", "127.0.0.1:1"]
    program = subprocess.Popen(
        [sys.executable, GATE, *options, "--consul", sources], stderr=subprocess.PIPE, text=True
    )
    assert program.stderr is not None
    assert "listening" in program.stderr.readline()
    yield f"http://127.0.0.1:{port}"
    program.terminate()
    program.wait()
    program.stderr.close()


def ask(url: str) -> tuple[int, str]:
    for _ in range(100):
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return int(answer.status), answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise AssertionError("it does not listen")


def test_it_passes_on_what_a_source_says(gate: str) -> None:
    assert ask(f"{gate}/node") == (200, "of_the_node 1\n")


def test_a_source_that_is_silent_is_an_error(gate: str) -> None:
    status, said = ask(f"{gate}/docker")
    assert status == 502
    assert "refused" in said
    assert ask(f"{gate}/else")[0] == 404


def test_consul_is_asked_with_the_token_and_what_it_does_not_tell_is_added(
    gate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, said = ask(f"{gate}/consul")
    assert status == 200
    assert "consul_raft_apply 5\n# HELP" in said
    assert "\nprovision_consul_leader_known 1\n" in said
    assert "\nprovision_consul_raft_term 12\n" in said
    assert TOKEN not in said
    for none in ("", None):
        monkeypatch.setattr(Sources, "leader", none)
        assert "\nprovision_consul_leader_known 0\n" in ask(f"{gate}/consul")[1]


def test_the_nodes_that_consul_knows_are_prometheus_targets(gate: str) -> None:
    assert json.loads(ask(f"{gate}/targets")[1]) == [
        {"targets": ["10.0.0.1:9990"], "labels": {"node": "n1"}},
        {"targets": ["10.0.0.2:9990"], "labels": {"node": "n2"}},
    ]


def test_a_stranger_gets_nothing(tmp_path: Path, sources: str) -> None:
    for url in _gate(tmp_path, sources, "10.0.0.9"):
        for path in ("node", "docker", "consul", "targets"):
            assert ask(f"{url}/{path}") == (403, "metrics are not for 127.0.0.1\n")
