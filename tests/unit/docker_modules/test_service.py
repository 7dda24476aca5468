"""Comparing a service with what is asked for, and the Spec that results."""

from __future__ import annotations

from typing import Any

import pytest

from provision.agent.docker.service import Desired
from provision.agent.modules import docker_swarm_service
from provision.agent.task import ModuleFailed


class Registry:
    """Answers the look-ups that a service needs."""

    def get(self, path, query=None):
        if path == "/networks":
            return [
                {"Id": "n-local", "Name": "web", "Scope": "local"},
                {"Id": "n-swarm", "Name": "web", "Scope": "swarm"},
                {"Id": "n-two", "Name": "two", "Scope": "swarm"},
            ]
        if path.startswith("/distribution/"):
            return {"Descriptor": {"digest": "sha256:" + "a" * 64}}
        raise AssertionError(path)

    def find(self, path, query=None):
        return {"ID": "s1"} if path == "/secrets/password" else None


def desired(**args):
    registry: Any = Registry()
    args = {"name": "web", "image": "busybox:1", **args}
    return Desired(docker_swarm_service.SPEC.validate(args, on_node=True), registry)


def spec_of(**args):
    return desired(**args).spec({})


def container(spec):
    return spec["TaskTemplate"]["ContainerSpec"]


ALL = {
    "command": "httpd -f",
    "args": ["-p", 80],
    "env": {"A": 1, "B": True, "C": None},
    "replicas": 3,
    "networks": ["two", {"name": "web", "aliases": ["b", "a"]}],
    "endpoint_mode": "dnsrr",
    "publish": [{"target_port": 80, "published_port": 8080, "mode": "host"}, {"target_port": 53}],
    "mounts": [
        {"source": "/a", "target": "/b", "readonly": True},
        {"type": "volume", "source": "v", "target": "/v", "driver_config": {"name": "local"}},
        {"type": "tmpfs", "target": "/t", "tmpfs_size": "1M"},
        {"source": "/c", "target": "/d", "non_recursive": True, "create_mountpoint": True},
        {"type": "volume", "source": "v", "target": "/w", "subpath": "a/b"},
        {"type": "volume", "target": "/own"},
    ],
    "secrets": [{"secret_name": "password", "mode": 256}],
    "healthcheck": {"test": "true", "interval": "1m"},
    "placement": {"constraints": ["b", "a"], "preferences": [{"spread": "node.labels.z"}]},
    "restart_config": {"condition": "none", "delay": "0s"},
    "update_config": {"parallelism": 0, "order": "start-first"},
    "limits": {"cpus": 1.5, "memory": "1G"},
    "hosts": {"db": "10.0.0.1"},
    "dns": ["9.9.9.9"],
    "labels": {"a": 1},
    "stop_grace_period": "1m",
    "init": True,
    "oom_score_adj": -5,
}


def test_the_spec_made_is_the_spec_wanted():
    assert desired(**ALL).differences(spec_of(**ALL)) == {}


def test_the_spec_is_the_engines():
    spec = spec_of(**ALL)
    assert spec["Mode"] == {"Replicated": {"Replicas": 3}}
    assert container(spec)["Command"] == ["httpd", "-f"]
    assert container(spec)["Args"] == ["-p", "80"]
    assert container(spec)["Env"] == ["A=1", "B=true", "C="]
    assert container(spec)["Hosts"] == ["10.0.0.1 db"]
    assert container(spec)["Healthcheck"] == {"Test": ["CMD-SHELL", "true"], "Interval": 60 * 10**9}
    assert container(spec)["Secrets"][0]["SecretID"] == "s1"
    assert container(spec)["Secrets"][0]["File"]["Mode"] == 0o400
    task = spec["TaskTemplate"]
    assert task["Networks"] == [
        {"Target": "n-swarm", "Aliases": ["a", "b"]},
        {"Target": "n-two"},
    ]
    assert task["Resources"]["Limits"] == {"NanoCPUs": 1500000000, "MemoryBytes": 2**30}
    assert task["Placement"]["Preferences"] == [{"Spread": {"SpreadDescriptor": "node.labels.z"}}]
    assert spec["EndpointSpec"]["Ports"][1]["PublishedPort"] == 8080


@pytest.mark.parametrize(
    ("asked", "changed"),
    [
        ({"image": "busybox:2"}, "image"),
        ({"env": ["A=2"]}, "env"),
        ({"env": []}, "env"),
        ({"replicas": 4}, "replicas"),
        ({"mode": "global"}, "mode"),
        ({"networks": ["two"]}, "networks"),
        ({"networks": ["two", "web"]}, "networks"),
        ({"publish": []}, "publish"),
        ({"mounts": [{"source": "/a", "target": "/b"}]}, "mounts"),
        ({"mounts": [{"type": "volume", "source": "v", "target": "/w"}]}, "mounts"),
        ({"oom_score_adj": 0}, "oom_score_adj"),
        ({"secrets": []}, "secrets"),
        ({"limits": {"memory": "2G"}}, "limits.memory"),
        ({"limits": {"memory": "0"}}, "limits.memory"),
        ({"placement": {"constraints": []}}, "placement.constraints"),
        ({"restart_config": {"max_attempts": 1}}, "restart_config.max_attempts"),
        ({"update_config": {"failure_action": "rollback"}}, "update_config.failure_action"),
        ({"init": False}, "init"),
        ({"labels": {}}, "labels"),
        ({"endpoint_mode": "vip"}, "endpoint_mode"),
        ({"stop_grace_period": "10s"}, "stop_grace_period"),
        ({"force_update": True}, "force_update"),
    ],
)
def test_each_difference_is_seen_alone_and_made_good(asked, changed):
    now = spec_of(**ALL)
    wish = desired(**asked)
    assert list(wish.differences(now)) == [changed]
    if changed != "force_update":
        assert wish.differences(wish.spec(now)) == {}


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"image": "busybox:1"},
        {"env": ["C=", "B=true", "A=1"]},
        {"networks": [{"name": "web", "aliases": ["a", "b"]}, "two"]},
        {"placement": {"constraints": ["a", "b"]}},
        {"limits": {"memory": "1024M"}},
        {"healthcheck": {"interval": "60s"}},
        {"replicas": -1},
    ],
)
def test_the_same_thing_said_otherwise_is_no_difference(asked):
    assert desired(**asked).differences(spec_of(**ALL)) == {}


def test_what_the_engine_does_anyway_is_no_difference():
    defaults = {
        "endpoint_mode": "vip",
        "stop_grace_period": "10s",
        "env": {},
        "publish": [],
        "networks": [],
        "restart_config": {"condition": "any", "delay": "5s", "max_attempts": 0},
        "update_config": {"parallelism": 1, "failure_action": "pause", "order": "stop-first"},
        "limits": {"cpus": 0, "memory": "0"},
        "tty": False,
    }
    assert desired(**defaults).differences(spec_of()) == {}


def test_only_what_differs_is_written():
    now = spec_of(**ALL)
    container(now)["Isolation"] = "default"
    after = desired(env=["A=2"]).spec(now)
    container(now)["Env"] = ["A=2"]
    assert after == now


def test_a_pinned_digest_is_the_image_asked_for_by_name():
    now = spec_of(image="busybox:1@sha256:" + "b" * 64)
    assert desired(image="busybox:1").differences(now) == {}
    assert "image" in desired(image="busybox:1", resolve_image=True).differences(now)
    assert "image" in desired(image="busybox:2").differences(now)


def test_latest_is_implied():
    assert desired(image="busybox").differences(spec_of(image="busybox:latest")) == {}


def test_force_update_counts_on():
    now = spec_of()
    once = desired(force_update=True).spec(now)
    assert once["TaskTemplate"]["ForceUpdate"] == 1
    assert desired(force_update=True).spec(once)["TaskTemplate"]["ForceUpdate"] == 2


def test_rebuilding_keeps_everything_but_the_mode():
    now = spec_of(**ALL)
    after = desired(mode="global").spec(now)
    assert after["Mode"] == {"Global": {}}
    assert after["TaskTemplate"] == now["TaskTemplate"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"networks": ["nowhere"]}, "no network nowhere"),
        ({"networks": [{"nam": "web"}]}, "must be a network's name"),
        ({"secrets": [{"secret_name": "other"}]}, "no secret other"),
        ({"mounts": [{"target": "/x"}]}, "needs a source"),
        ({"stop_grace_period": "soon"}, "stop_grace_period: 'soon'"),
        ({"limits": {"memory": "much"}}, "limits.memory: 'much'"),
    ],
)
def test_refusals(asked, said):
    with pytest.raises(ModuleFailed, match=said):
        desired(**asked)


def test_facts_are_parameters():
    facts = desired(**ALL).facts(spec_of(**ALL))
    assert facts["limits"] == {"cpus": 1.5, "memory": 2**30, "pids": 0}
    assert (facts["mode"], facts["replicas"], facts["name"]) == ("replicated", 3, "web")
    assert facts["env"] == ["A=1", "B=true", "C="]
