"""Logins for registries in a config.json of the Docker CLI's."""

from __future__ import annotations

import base64
import json
import stat

import pytest

from provision.agent.docker.credentials import (
    DOCKER_HUB,
    Credentials,
    login_header,
    registry_key,
    registry_of,
)
from provision.agent.task import ModuleFailed

LOGIN = {"username": "u", "password": "p:w"}


@pytest.mark.parametrize(
    ("image", "registry"),
    [
        ("busybox", DOCKER_HUB),
        ("library/busybox:1", DOCKER_HUB),
        ("docker.io/library/busybox", DOCKER_HUB),
        ("localhost/x", "localhost"),
        ("reg:5000/x:1", "reg:5000"),
        ("reg.example/a/b@sha256:" + "0" * 64, "reg.example"),
    ],
)
def test_where_an_image_comes_from(image, registry):
    assert registry_of(image) == registry


def test_how_a_registry_is_written():
    for text in ("https://reg:5000/v2/", "reg:5000", "http://reg:5000"):
        assert registry_key(text) == "reg:5000"
    assert registry_key(DOCKER_HUB) == DOCKER_HUB


def test_kept_and_forgotten(tmp_path):
    path = tmp_path / ".docker" / "config.json"
    assert Credentials(str(path)).get("reg") is None
    Credentials(str(path)).store("reg", LOGIN)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Credentials(str(path)).get("reg") == LOGIN
    Credentials(str(path)).erase("reg")
    assert Credentials(str(path)).get("reg") is None


def test_what_else_is_configured_stays(tmp_path):
    path = tmp_path / "config.json"
    auth = base64.b64encode(b"a:b").decode()
    other = {"auths": {"https://reg/v1/": {"auth": auth}}, "psFormat": "x"}
    path.write_text(json.dumps(other))
    assert Credentials(str(path)).get("reg") == {"username": "a", "password": "b"}
    Credentials(str(path)).store("reg", {"identitytoken": "t", "username": "u"})
    kept = json.loads(path.read_text())
    assert kept["psFormat"] == "x"
    assert list(kept["auths"]) == ["reg"]
    assert Credentials(str(path)).get("reg") == {"identitytoken": "t"}


def test_a_helper_keeps_them(tmp_path, monkeypatch):
    helper = tmp_path / "docker-credential-test"
    helper.write_text(
        f"#!/bin/sh\ncase $1 in\nstore) cat >{tmp_path}/kept;;\n"
        f"get) cat {tmp_path}/kept 2>/dev/null || "
        "{ echo credentials not found in native keychain; exit 1; };;\n"
        f"erase) rm {tmp_path}/kept;;\nesac\n"
    )
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    path = tmp_path / "config.json"
    path.write_text('{"credsStore": "test"}')
    held = Credentials(str(path))
    assert held.get("reg") is None
    held.store("reg", LOGIN)
    assert held.get("reg") == LOGIN
    assert "p:w" not in path.read_text()
    held.erase("reg")
    assert held.get("reg") is None


def test_the_header_an_engine_logs_in_with(tmp_path):
    path = tmp_path / "config.json"
    Credentials(str(path)).store("reg:1", LOGIN)
    (value,) = login_header("reg:1/image", str(path)).values()
    assert json.loads(base64.urlsafe_b64decode(value)) == {**LOGIN, "serveraddress": "reg:1"}
    assert login_header("other/image", str(path)) == {}


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_file_that_is_none(tmp_path, text):
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(ModuleFailed, match=r"config\.json"):
        Credentials(str(path))
