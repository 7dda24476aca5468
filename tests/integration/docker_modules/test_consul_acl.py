"""Policies, roles, tokens, sessions, services and checks of a real Consul with ACLs."""

from __future__ import annotations

import pytest

from . import consul

pytestmark = pytest.mark.node

UNIT = "provision-test-acl"
PORT = 19500
RULES = 'key_prefix "app/" { policy = "write" }'
ACCESSOR = "11111111-2222-3333-4444-555555555555"
SECRET = "99999999-2222-3333-4444-555555555555"


@pytest.fixture(scope="module")
def acl(docker_nodes, call):
    """A function that calls consul modules with the bootstrap token; fails on none of them."""
    node = docker_nodes[0]
    options = (
        "-server -bootstrap-expect 1 -hcl 'performance { raft_multiplier = 1 }' "
        """-hcl 'acl { enabled = true default_policy = "deny" }'"""
    )
    consul.start(call, node, UNIT, PORT, options)
    made = consul.until(
        lambda: call(node, "consul_acl_bootstrap", port=PORT),
        lambda answer: "failed" not in answer,
    )
    assert made["changed"]
    token = made["result"]["SecretID"]

    def ask(module, **args):
        answer = call(
            node, f"consul_{module}".rstrip("_"), **{"port": PORT, "token": token, **args}
        )
        assert "failed" not in answer, answer
        return answer

    yield consul.Asked(ask, node, token)
    consul.stop(call, node, UNIT)


def twice(ask, module, **args):
    """The first answer of a task that is run in check mode, then in earnest, then again."""
    assert ask(module, check=True, **args)["changed"]
    first = ask(module, diff=True, **args)
    assert first["changed"]
    again = ask(module, diff=True, **args)
    assert not again["changed"]
    if "diff" in again:
        assert not any(again["diff"].values())
    return first


def test_bootstrapping_happens_once(acl, call):
    assert call(acl.node, "consul_acl_bootstrap", port=PORT) == {"changed": False}


def test_policies_roles_and_tokens(acl, call):
    policy = twice(acl, "policy", name="app", rules=RULES, valid_datacenters=["dc1"])
    assert policy["operation"] == "create"
    assert policy["policy"]["Rules"] == RULES
    changed = twice(acl, "policy", name="app", rules=RULES, description="of the app")
    assert changed["operation"] == "update"
    assert changed["policy"]["Datacenters"] == ["dc1"]

    identities = {
        "service_identities": [{"service_name": "web", "datacenters": ["dc1"]}],
        "node_identities": [{"name": "n1", "datacenter": "dc1"}],
    }
    role = twice(acl, "role", name="app", policies=[{"name": "app"}], **identities)
    assert role["role"]["Policies"][0]["ID"] == policy["policy"]["ID"]
    emptied = twice(acl, "role", name="app", service_identities=[])
    assert "ServiceIdentities" not in emptied["role"]
    assert len(emptied["role"]["NodeIdentities"]) == 1

    token = twice(acl, "token", accessor_id=ACCESSOR, roles=[{"name": "app"}], description="x")
    assert token["token"]["SecretID"] not in str(token["diff"])
    twice(acl, "token", accessor_id=ACCESSOR, policies=[{"id": policy["policy"]["ID"]}], roles=[])
    twice(acl, "token", secret_id=SECRET, policies=[{"name": "app"}], local=True)

    write = {"key": "app/one", "value": "1", "port": PORT}
    assert call(acl.node, "consul_kv", token=SECRET, **write)["changed"]
    denied = call(acl.node, "consul_kv", **write)
    assert "403" in denied["msg"]
    unknown = call(acl.node, "consul_policy", name="x", state="absent", port=PORT, token=ACCESSOR)
    assert "ACL not found" in unknown["msg"]

    twice(acl, "token", accessor_id=ACCESSOR, state="absent")
    twice(acl, "role", name="app", state="absent")
    assert twice(acl, "policy", name="app", state="absent")["operation"] == "remove"


def test_auth_methods_and_binding_rules(acl):
    made = acl(
        "auth_method",
        name="kube",
        type="kubernetes",
        config={"Host": "https://10.0.0.1", "CACert": "", "ServiceAccountJWT": "x"},
        check=True,
    )
    assert made["auth_method"]["Type"] == "kubernetes"
    assert not acl("auth_method", name="kube", state="absent")["changed"]
    assert not acl("binding_rule", name="r", auth_method="kube", state="absent")["changed"]


def test_sessions(acl):
    first = twice(acl, "session", name="lock", ttl=600, delay=1)
    identity = first["session_id"] or acl("session", name="lock", ttl=600, delay=1)["session_id"]
    assert [each["ID"] for each in acl("session", state="list")["sessions"]] == [identity]
    assert acl("session", state="node", name=UNIT)["sessions"][0]["TTL"] == "600s"
    assert acl("session", state="info", id=identity)["sessions"][0]["Name"] == "lock"
    twice(acl, "session", id=identity, state="absent")


def test_services_and_checks(acl, call):
    service = {"name": "web", "service_port": 80, "tags": ["a"], "meta": {"x.y": 1}}
    made = twice(acl, "agent_service", **service)
    assert made["service"]["Meta"] == {"x_y": "1"}
    moved = twice(acl, "agent_service", name="web", service_port=81)
    assert moved["service"]["Tags"] == ["a"]

    check = {"name": "alive", "tcp": "127.0.0.1:81", "interval": "10", "service_id": "web"}
    twice(acl, "agent_check", **check)
    twice(acl, "agent_check", **dict(check, interval="1m"))
    twice(acl, "agent_check", name="alive", state="absent")
    missing = call(acl.node, "consul_agent_check", port=PORT, name="x", tcp="a:1")
    assert "interval" in missing["msg"]
    script = {"port": PORT, "token": acl.token, "name": "x", "args": ["true"], "interval": "1s"}
    assert "Scripts are disabled" in call(acl.node, "consul_agent_check", **script)["msg"]
    twice(acl, "agent_service", name="web", state="absent")


def test_the_module_of_old(acl):
    service = {"service_name": "old", "service_port": 80, "ttl": "1m"}
    assert twice(acl, "", **service)["checks"][0]["ServiceID"] == "old"
    twice(acl, "", **dict(service, ttl="2m"))
    twice(acl, "", service_id="old", state="absent")
    twice(acl, "", check_name="own", ttl="1m")
    twice(acl, "", check_name="own", state="absent")
