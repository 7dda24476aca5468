"""docker_stack's controller half: compose files read on the node, the stack sent to its Engine."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.docker_modules.fake_engine import FakeEngine
from tests.unit.engine.harness import Kitchen, Recorded

FILE = """
services:
  web: {image: "i:${TAG}", secrets: [pw], restart: always}
secrets: {pw: {file: pw.txt}}
"""


@pytest.fixture
def engine() -> Iterator[Any]:
    with tempfile.TemporaryDirectory() as folder:  # a socket's path may not be long
        fake = FakeEngine(Path(folder) / "engine.sock")
        swarm = {"LocalNodeState": "active", "ControlAvailable": True, "NodeID": "x"}
        fake.answers = {
            ("GET", "/info"): (200, {"Swarm": swarm}),
            ("GET", "/networks"): (200, b"[]"),
            ("GET", "/services"): (200, b"[]"),
            ("GET", "/secrets"): (200, b"[]"),
            ("GET", "/configs"): (200, b"[]"),
            ("POST", "/networks/create"): (201, {"Id": "net1"}),
            ("POST", "/secrets/create"): (201, {"ID": "sec1"}),
            ("POST", "/services/create"): (201, {"ID": "svc1"}),
        }
        yield fake
        fake.close()


def deploy(kitchen: Kitchen, engine: Any, compose: str, **options: Any) -> Recorded:
    return kitchen.tasks(
        f"""
        - docker_stack: {{name: st, compose: [{compose}], docker_host: "{engine.host}"}}
          environment: {{TAG: "7"}}
        """,
        hosts="a",
        **options,
    )


def test_a_stack_is_sent_as_the_engine_takes_it(
    kitchen: Kitchen, engine: Any, tmp_path: Path
) -> None:
    (tmp_path / "stack.yml").write_text(FILE)
    (tmp_path / "pw.txt").write_text("open sesame")
    ran = deploy(kitchen, engine, f"{tmp_path}/stack.yml")
    assert ran.exit_code == 0
    sent = {path: body for method, _, path, _, body in engine.requests if method == "POST"}
    assert list(sent) == ["/networks/create", "/secrets/create", "/services/create"]
    assert base64.b64decode(sent["/secrets/create"]["Data"]) == b"open sesame"
    task = sent["/services/create"]["TaskTemplate"]
    assert task["ContainerSpec"]["Image"] == "i:7"
    assert task["ContainerSpec"]["Secrets"][0]["SecretID"] == "sec1"
    assert task["Networks"] == [{"Target": "net1", "Aliases": ["web"]}]
    (result,) = ran.results("a")
    assert result["changed"]
    assert "stack.yml:3:" in result["warnings"][0]
    assert "sesame" not in str(ran.events)


def test_check_mode_makes_nothing(kitchen: Kitchen, engine: Any, tmp_path: Path) -> None:
    (tmp_path / "stack.yml").write_text(FILE)
    (tmp_path / "pw.txt").write_text("x")
    ran = deploy(kitchen, engine, f"{tmp_path}/stack.yml", check=True)
    assert ran.results("a")[0]["changed"]
    assert not [each for each in engine.requests if each[0] == "POST"]


@pytest.mark.parametrize(
    ("compose", "said"),
    [
        ("/nowhere/stack.yml", "cannot read /nowhere/stack.yml on the node"),
        ("{services: {web: {image: i, ports: [http]}}}", "'http' is no port"),
        ("{services: {web: {image: i, env_file: e}}}", "relative to a compose file"),
        ("1", "neither a path nor a mapping"),
        ("", "compose is missing"),
    ],
)
def test_refusals(kitchen: Kitchen, engine: Any, compose: str, said: str) -> None:
    ran = deploy(kitchen, engine, compose)
    assert ran.exit_code == 2
    assert said in str(ran.results("a")[0]["msg"])
    assert engine.requests == []


def test_a_bad_file_is_told_with_its_place(kitchen: Kitchen, engine: Any, tmp_path: Path) -> None:
    (tmp_path / "stack.yml").write_text("services:\n  web:\n    image: i\n    prots: []\n")
    ran = deploy(kitchen, engine, f"{tmp_path}/stack.yml")
    assert f"{tmp_path}/stack.yml:4:5" in str(ran.results("a")[0])
    assert "did you mean 'ports'" in str(ran.results("a")[0])
