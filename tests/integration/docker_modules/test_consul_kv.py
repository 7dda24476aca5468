"""consul_kv against a real Consul agent."""

from __future__ import annotations

import json

import pytest

from . import consul

pytestmark = pytest.mark.node

UNIT = "provision-test-consul"
PORT = 18500


@pytest.fixture(scope="module")
def kv(docker_nodes, call):
    """A function that calls consul_kv on a node with a Consul of its own."""
    node = docker_nodes[0]
    consul.start(call, node, UNIT, PORT, "-dev")

    def ask(check=False, diff=False, **args):
        return call(node, "consul_kv", check=check, diff=diff, port=PORT, host="127.0.0.1", **args)

    consul.until(lambda: ask(key="ready", value="yes"), lambda ready: "failed" not in ready)
    yield consul.Asked(ask, node)
    consul.stop(call, node, UNIT)


def test_put_get_delete(kv):
    assert kv(key="t/one", value="x", check=True)["changed"]
    assert kv(key="t/one")["data"] is None
    put = kv(key="t/one", value="naïve", diff=True)
    assert put["changed"]
    assert put["diff"] == {"before": {"value": None}, "after": {"value": "naïve"}}
    assert put["data"]["Value"] == "naïve"
    assert put["index"] == put["data"]["ModifyIndex"]
    assert not kv(key="t/one", value="naïve")["changed"]
    assert kv(key="t/one")["data"]["Value"] == "naïve"
    assert kv(key="t/one", state="absent", check=True)["changed"]
    gone = kv(key="t/one", state="absent")
    assert gone["changed"]
    assert gone["data"]["Value"] == "naïve"
    assert not kv(key="t/one", state="absent")["changed"]


def test_flags_stay_unless_named(kv):
    kv(key="t/flags", value="1", flags=42)
    assert kv(key="t/flags", value="2")["data"]["Flags"] == 42
    assert kv(key="t/flags", value="2", flags=7)["changed"]
    assert not kv(key="t/flags", value="2", flags=7)["changed"]


def test_check_and_set(kv):
    kv(key="t/cas", state="absent")
    first = kv(key="t/cas", value="1", cas=0)
    assert first["changed"]
    kept = kv(key="t/cas", value="2", cas=0)
    assert not kept["changed"]
    assert kept["data"]["Value"] == "1"
    assert "cas" in kept["msg"]
    assert kv(key="t/cas", value="2", cas=first["index"])["changed"]
    assert kv(key="t/cas")["data"]["Value"] == "2"


def test_prefix(kv):
    for name in ("a", "b c"):
        kv(key=f"t/prefix/{name}", value=name)
    listed = kv(key="t/prefix/", recurse=True)["data"]
    assert {each["Key"]: each["Value"] for each in listed} == {
        "t/prefix/a": "a",
        "t/prefix/b c": "b c",
    }
    assert kv(key="t/prefix/", recurse=True, state="absent")["changed"]
    assert kv(key="t/prefix/", recurse=True)["data"] == []
    assert not kv(key="t/prefix/", recurse=True, state="absent")["changed"]


def test_lock(kv, call):
    url = f"http://127.0.0.1:{PORT}/v1/session/create"
    code = (
        "import urllib.request as u; "
        f"print(u.urlopen(u.Request('{url}', method='PUT')).read().decode())"
    )
    session = json.loads(call(kv.node, "shell", cmd=f'python3 -c "{code}"')["stdout"])["ID"]
    lock = {"key": "t/lock", "value": "me", "session": session}
    assert kv(state="acquire", **lock)["data"]["Session"] == session
    assert not kv(state="acquire", **lock)["changed"]
    other = kv(state="acquire", **dict(lock, session="00000000-0000-0000-0000-000000000000"))
    assert other["failed"]
    assert session in other["msg"]
    assert kv(state="release", **lock)["changed"]
    assert not kv(state="release", **lock)["changed"]


def test_no_consul_there(kv, call):
    failed = call(kv.node, "consul_kv", key="x", port=9, token="very-secret-token")
    assert failed["failed"]
    assert "systemctl status consul" in failed["msg"]
    assert "very-secret-token" not in str(failed)
