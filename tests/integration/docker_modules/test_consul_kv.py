"""consul_kv against a real Consul agent."""

from __future__ import annotations

import json
import time

import pytest

pytestmark = pytest.mark.node

# Where a node has no Consul, Debian bullseye's package is taken from the node's own mirror.
INSTALL = r"""
set -e
command -v consul >/dev/null && exit 0
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    sed -nE 's/^deb( \[[^]]*\])? ([^ ]+) [^ ]+ main.*/\2/p; s/^URIs: *(.*)/\1/p' | head -n1)
printf 'Types: deb\nURIs: %s\nSuites: bullseye\nComponents: main\nSigned-By: %s\n' "$mirror" \
    /usr/share/keyrings/debian-archive-keyring.gpg >/etc/apt/sources.list.d/bullseye.sources
printf 'Package: *\nPin: release n=bullseye\nPin-Priority: -1\n\nPackage: consul\n%s\n' \
    'Pin: release n=bullseye
Pin-Priority: 500' >/etc/apt/preferences.d/bullseye
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends consul
"""
UNIT = "provision-test-consul"
PORT = 18500


@pytest.fixture(scope="module")
def kv(docker_nodes, call):
    """A function that calls consul_kv on a node with a Consul of its own."""
    node = docker_nodes[0]
    installed = call(node, "shell", cmd=INSTALL)
    assert installed["rc"] == 0, installed
    ports = f"http = {PORT} server = 18300 serf_lan = 18301 serf_wan = -1 dns = -1 grpc = -1"
    start = (
        f"systemd-run -q --collect --unit={UNIT} consul agent -dev "
        f"-bind 127.0.0.1 -data-dir /tmp/{UNIT} "
        f"-hcl 'ports {{ {ports} }}'"
    )
    started = call(node, "shell", cmd=start)
    assert started["rc"] == 0, started

    def ask(check=False, diff=False, **args):
        return call(node, "consul_kv", check=check, diff=diff, port=PORT, host="127.0.0.1", **args)

    for _ in range(60):
        ready = ask(key="ready", value="yes")
        if "failed" not in ready:
            break
        time.sleep(0.5)
    assert "failed" not in ready, ready
    ask.node = node
    yield ask
    call(node, "shell", cmd=f"systemctl stop {UNIT}")


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
