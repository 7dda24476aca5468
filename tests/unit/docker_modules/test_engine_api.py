from __future__ import annotations

import io
import socket
import tempfile
import threading
from pathlib import Path

import pytest

from provision.agent.engine_api import Engine, EngineError, EngineSilent, segment
from provision.agent.task import ModuleFailed
from provision.agent.tls import Tls, client_context

from .fake_engine import FakeEngine


def test_the_engines_version_is_spoken(fake):
    fake.answers["GET", "/info"] = (200, {"Name": "n"})
    engine = Engine(fake.host)
    assert engine.get("/info") == {"Name": "n"}
    assert engine.version == (1, 41)
    assert fake.requests[0][1] == "v1.41"
    assert engine.calls == ["GET /v1.41/info 200"]


def test_an_engine_newer_than_known_is_spoken_to_in_the_newest_known_version():
    with tempfile.TemporaryDirectory() as folder:
        server = FakeEngine(Path(folder) / "s", api_version="1.99")
        assert Engine(server.host).version == (1, 48)
        server.close()


def test_a_given_version_is_not_negotiated(fake):
    fake.answers["GET", "/info"] = (200, {"Name": "n"})
    Engine(fake.host, api_version="1.30").get("/info")
    assert fake.requests[0][1] == "v1.30"
    with pytest.raises(ModuleFailed, match="'newest' is not an Engine API version"):
        _ = Engine(fake.host, api_version="newest").version


def test_what_is_no_engine_is_said_so():
    with tempfile.TemporaryDirectory() as folder:
        server = FakeEngine(Path(folder) / "s", api_version="")
        with pytest.raises(ModuleFailed, match="not a Docker Engine"):
            Engine(server.host).get("/info")
        server.close()


def test_queries_and_bodies_are_encoded(fake):
    fake.answers["POST", "/swarm/update"] = (200, b"")
    query = {"version": 7, "force": True, "none": None, "filters": {"name": ["a&b"]}}
    assert Engine(fake.host).post("/swarm/update", {"Labels": {"ä": "ö"}}, query) is None
    method, _, path, sent, body = fake.requests[0]
    assert (method, path, body) == ("POST", "/swarm/update", {"Labels": {"ä": "ö"}})
    assert sent == {"version": "7", "force": "true", "filters": '{"name": ["a&b"]}'}


def test_the_engines_message_becomes_the_failure(fake):
    fake.answers["GET", "/swarm"] = (503, {"message": "This node is not a swarm manager."})
    with pytest.raises(EngineError) as caught:
        Engine(fake.host).get("/swarm")
    assert caught.value.status == 503
    assert caught.value.reason == "This node is not a swarm manager."
    assert "GET /swarm" in caught.value.message


def test_find_says_none_only_for_what_is_not_there(fake):
    engine = Engine(fake.host)
    assert engine.find("/services/x") is None
    fake.answers["GET", "/services/x"] = (500, {"message": "broken"})
    with pytest.raises(EngineError, match="broken"):
        engine.find("/services/x")


def test_a_file_is_streamed(fake):
    fake.answers["POST", "/images/load"] = (200, b'{"stream":"one"}\r\n{"stream":"two"}\r\n')
    data = bytes(range(256)) * 1000
    answer = Engine(fake.host).post("/images/load", io.BytesIO(data), {"quiet": True})
    assert answer == [{"stream": "one"}, {"stream": "two"}]
    assert fake.requests[0][4] == data


def test_no_socket(tmp_path):
    with pytest.raises(ModuleFailed, match="systemctl status docker"):
        Engine(f"unix://{tmp_path}/none").get("/info")


def test_an_unknown_scheme():
    with pytest.raises(ModuleFailed, match="ssh://host"):
        Engine("ssh://host").get("/info")


def test_silence_is_told_apart(fake):
    release = threading.Event()
    fake.answers["GET", "/slow"] = (200, lambda body: release.wait(20) and {})
    with pytest.raises(EngineSilent, match=r"within 0\.2 s"):
        Engine(fake.host, timeout=0.2).get("/slow")
    release.set()


def test_a_cut_connection_is_a_failure_not_a_crash():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s"
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(path))
        server.listen()

        def cut():
            connection, _ = server.accept()
            connection.close()

        thread = threading.Thread(target=cut)
        thread.start()
        with pytest.raises(ModuleFailed, match="cannot talk to the Docker Engine"):
            Engine(f"unix://{path}").get("/info")
        thread.join()
        server.close()


def test_missing_tls_files_are_named(tmp_path):
    with pytest.raises(ModuleFailed, match=r"nowhere\.pem"):
        client_context(Tls(True, str(tmp_path / "nowhere.pem")))


def test_names_are_quoted():
    assert segment("a/b c") == "a%2Fb%20c"
