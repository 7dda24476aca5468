"""A swarm is made, joined and left on three real Engines."""

from __future__ import annotations

import pytest

from .swarms import disband

pytestmark = pytest.mark.node


@pytest.fixture
def apart(docker_nodes, call):
    """Three nodes, none in a swarm, before and after."""

    disband(call, docker_nodes)
    yield docker_nodes
    disband(call, docker_nodes)


def tokens(result):
    return result["swarm_facts"]["JoinTokens"]


def state(call, node):
    return call(node, "docker_host_info")["host_info"]["Swarm"]


def test_check_mode_makes_no_swarm(apart, call):
    first = apart[0]
    result = call(first, "docker_swarm", check=True, advertise_addr=first.address)
    assert result["changed"]
    assert state(call, first)["LocalNodeState"] == "inactive"


def test_init_is_idempotent_and_settings_change(apart, call):
    first = apart[0]
    settings = {
        "advertise_addr": first.address,
        "labels": {"tier": 1},
        "task_history_retention_limit": 3,
        "node_cert_expiry": 720 * 3600 * 10**9,
        "default_addr_pool": ["10.55.0.0/16"],
        "subnet_size": 26,
    }
    made = call(first, "docker_swarm", **settings)
    assert made["changed"]
    assert made["cluster_id"] == state(call, first)["Cluster"]["ID"]
    assert tokens(made)["Manager"].startswith("SWMTKN-1-")

    again = call(first, "docker_swarm", diff=True, **settings)
    assert not again["changed"]
    assert again["diff"] == {"before": {}, "after": {}}
    assert "warnings" not in again
    assert tokens(again) == tokens(made)

    preview = call(first, "docker_swarm", check=True, diff=True, labels={"tier": 2})
    assert preview["diff"] == {
        "before": {"labels": {"tier": "1"}},
        "after": {"labels": {"tier": "2"}},
    }
    assert not call(first, "docker_swarm", **settings)["changed"]

    assert call(first, "docker_swarm", labels={"tier": 2})["changed"]
    spec = state(call, first)["Cluster"]["Spec"]
    assert spec["Labels"] == {"tier": "2"}
    assert spec["Orchestration"]["TaskHistoryRetentionLimit"] == 3
    assert state(call, first)["Cluster"]["SubnetSize"] == 26

    other_pool = call(first, "docker_swarm", default_addr_pool=["10.56.0.0/16"])
    assert not other_pool["changed"]
    assert "10.55.0.0/16" in other_pool["warnings"][0]


def test_tokens_rotate_and_the_old_one_is_refused(apart, call):
    first, second, _ = apart
    made = call(first, "docker_swarm", advertise_addr=first.address)
    rotated = call(first, "docker_swarm", diff=True, rotate_worker_token=True)
    assert tokens(rotated)["Worker"] != tokens(made)["Worker"]
    assert tokens(rotated)["Manager"] == tokens(made)["Manager"]
    assert "SWMTKN" not in str(rotated["diff"])
    old = tokens(made)["Worker"]
    refused = call(
        second, "docker_swarm", state="join", join_token=old, remote_addrs=[first.address]
    )
    assert refused["failed"]
    assert "join token" in refused["msg"]
    assert old not in str(refused)
    assert state(call, second)["LocalNodeState"] == "inactive"


def test_a_manager_and_a_worker_join_once(apart, call):
    first, second, third = apart
    made = call(first, "docker_swarm", advertise_addr=first.address)
    for node, role in ((second, "Manager"), (third, "Worker")):
        join = {
            "state": "join",
            "join_token": tokens(made)[role],
            "remote_addrs": [first.address + ":2377"],
            "advertise_addr": node.address,
        }
        assert call(node, "docker_swarm", check=True, **join)["changed"]
        assert state(call, node)["LocalNodeState"] == "inactive"
        joined = call(node, "docker_swarm", **join)
        assert joined["changed"], joined
        assert joined["cluster_id"] == made["cluster_id"]
        now = state(call, node)
        assert (now["LocalNodeState"], now["ControlAvailable"]) == ("active", role == "Manager")
        again = call(node, "docker_swarm", cluster_id=made["cluster_id"], **join)
        assert not again["changed"]
        assert again["cluster_id"] == made["cluster_id"]
    info = call(first, "docker_swarm_info", nodes=True)
    assert {node["Status"] for node in info["nodes"]} == {"ready"}
    assert len(info["nodes"]) == 3


def test_a_node_of_another_swarm_is_refused_and_left_alone(apart, call):
    first, second, _ = apart
    ours = call(first, "docker_swarm", advertise_addr=first.address)
    theirs = call(second, "docker_swarm", advertise_addr=second.address)
    refused = call(
        second,
        "docker_swarm",
        state="join",
        cluster_id=ours["cluster_id"],
        join_token=tokens(ours)["Worker"],
        remote_addrs=[first.address],
    )
    assert refused["failed"]
    assert ours["cluster_id"] in refused["msg"]
    assert theirs["cluster_id"] in refused["msg"]
    assert state(call, second)["Cluster"]["ID"] == theirs["cluster_id"]


def test_a_worker_tells_which_swarm_it_is_in(apart, call):
    first, second, _ = apart
    made = call(first, "docker_swarm", advertise_addr=first.address)
    token = tokens(made)["Worker"]
    call(second, "docker_swarm", state="join", join_token=token, remote_addrs=[first.address])
    told = call(second, "docker_swarm_info")
    assert told["failed"]
    assert told["docker_swarm_active"]
    assert not told["docker_swarm_manager"]
    assert told["cluster_id"] == made["cluster_id"]
    as_manager = call(second, "docker_swarm", labels={"a": "b"})
    assert as_manager["failed"]
    assert "worker" in as_manager["msg"]


def test_joining_nobody_fails_with_a_reason(apart, call):
    first, second, _ = apart
    token = tokens(call(first, "docker_swarm", advertise_addr=first.address))["Worker"]
    call(first, "docker_swarm", state="absent", force=True)
    refused = call(
        second, "docker_swarm", state="join", join_token=token, remote_addrs=[first.address]
    )
    assert refused["failed"]
    assert "refused" in refused["msg"]
    assert token not in str(refused)


def test_leaving_and_removing(apart, call):
    first, second, _ = apart
    made = call(first, "docker_swarm", advertise_addr=first.address)
    token = tokens(made)["Worker"]
    joined = call(
        second, "docker_swarm", state="join", join_token=token, remote_addrs=[first.address]
    )
    too_early = call(first, "docker_swarm", state="remove", node_id=joined["node_id"])
    assert too_early["failed"]
    assert "not down" in too_early["msg"]
    assert call(second, "docker_swarm", check=True, state="absent")["changed"]
    assert state(call, second)["LocalNodeState"] == "active"
    assert call(second, "docker_swarm", state="absent")["changed"]
    assert not call(second, "docker_swarm", state="absent")["changed"]
    removed = call(first, "docker_swarm", state="remove", node_id=joined["node_id"], force=True)
    assert removed["changed"]
    gone = call(first, "docker_swarm", state="remove", node_id=joined["node_id"])
    assert not gone["changed"]
    held = call(first, "docker_swarm", state="absent")
    assert held["failed"]
    assert "manager" in held["msg"]
    assert state(call, first)["LocalNodeState"] == "active"


def test_info_outside_a_swarm(apart, call):
    told = call(apart[0], "docker_swarm_info")
    assert told["failed"]
    assert told["can_talk_to_docker"]
    assert not told["docker_swarm_active"]


def test_an_engine_that_is_not_there(apart, call):
    told = call(apart[0], "docker_host_info", docker_host="unix:///nowhere.sock")
    assert told["failed"]
    assert told["can_talk_to_docker"] is False
    assert "/nowhere.sock" in told["msg"]
