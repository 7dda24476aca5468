"""Nodes, networks and services of one real swarm: two managers and a worker."""

from __future__ import annotations

import time

import pytest

from .archives import make_image
from .swarms import disband, eventually

pytestmark = pytest.mark.node

IMAGE = "provision-test:1"
ARCHIVE = "/root/provision-test.tar"


@pytest.fixture(scope="module")
def swarm(docker_nodes, call):
    disband(call, docker_nodes)
    first, second, third = docker_nodes
    made = call(first, "docker_swarm", advertise_addr=first.address)
    tokens = made["swarm_facts"]["JoinTokens"]
    for node, role in ((second, "Manager"), (third, "Worker")):
        joined = call(
            node,
            "docker_swarm",
            state="join",
            join_token=tokens[role],
            remote_addrs=[first.address],
            advertise_addr=node.address,
        )
        assert joined["changed"], joined
    make_image(call, first, IMAGE, ARCHIVE)
    loaded = call(first, "docker_image_load", path=ARCHIVE)
    assert "failed" not in loaded, loaded
    yield docker_nodes
    disband(call, docker_nodes)


@pytest.fixture
def service(swarm, call):
    """A service's arguments; the service is gone before and after."""
    args = {
        "name": "provision-test",
        "image": IMAGE,
        "command": ["sleep", "100000"],
        "env": {"ONE": "1", "FLAG": True},
        "replicas": 1,
        "stop_grace_period": "1s",
        "endpoint_mode": "dnsrr",
        "publish": [{"published_port": 18080, "target_port": 80, "mode": "host"}],
        "mounts": [{"type": "tmpfs", "target": "/t", "tmpfs_size": "1M"}],
        "healthcheck": {"test": ["CMD", "true"], "interval": "5s", "retries": 2},
        "placement": {"constraints": [f"node.hostname == {swarm[0].name}"]},
        "restart_config": {"condition": "on-failure", "delay": "1s", "max_attempts": 3},
        "update_config": {"parallelism": 2, "order": "start-first", "failure_action": "rollback"},
        "limits": {"cpus": 0.5, "memory": "64M"},
        "labels": {"a": "b"},
    }
    call(swarm[0], "docker_swarm_service", name=args["name"], state="absent")
    yield args
    call(swarm[0], "docker_swarm_service", name=args["name"], state="absent")


def running(call, node, name):
    """Wait for the service's tasks; the last seen."""
    tasks = []
    for _ in range(240):
        tasks = call(node, "docker_swarm_info", tasks=True, tasks_filters={"service": name})[
            "tasks"
        ]
        if any(task["CurrentState"] == "running" for task in tasks):
            break
        time.sleep(0.5)
    return tasks


def test_image_load_sends_only_what_is_missing(swarm, call):
    first = swarm[0]
    again = call(first, "docker_image_load", path=ARCHIVE)
    assert not again["changed"]
    assert again["image_names"] == [IMAGE]
    call(first, "docker_image", name="provision-test:other", state="absent")
    other = make_image(call, first, "provision-test:other", "/root/other.tar", mark="other")
    assert call(first, "docker_image_load", check=True, path="/root/other.tar")["changed"]
    loaded = call(first, "docker_image_load", path="/root/other.tar")
    assert loaded["changed"]
    assert [image["Id"] for image in loaded["images"]] == [other]
    assert not call(first, "docker_image_load", path="/root/other.tar")["changed"]
    assert "archive" in call(first, "docker_image_load", path="/etc/hostname")["msg"]
    assert "/nowhere" in call(first, "docker_image_load", path="/nowhere")["msg"]


def test_service_life(swarm, service, call):
    first, second, _ = swarm
    assert call(first, "docker_swarm_service", check=True, **service)["changed"]
    assert not call(first, "docker_swarm_service_info", name=service["name"])["exists"]
    made = call(first, "docker_swarm_service", **service)
    assert made["changed"], made
    assert made["swarm_service"]["env"] == ["FLAG=true", "ONE=1"]
    tasks = running(call, first, service["name"])
    assert [task["CurrentState"] for task in tasks] == ["running"], tasks

    for manager in (first, second):
        same = call(manager, "docker_swarm_service", diff=True, **service)
        assert (same["changed"], same["changes"]) == (False, []), same

    other = dict(service, env={"ONE": "2"}, replicas=2, limits={"memory": "32M"})
    preview = call(first, "docker_swarm_service", check=True, diff=True, **other)
    assert preview["changes"] == ["env", "limits.memory", "replicas"]
    assert preview["diff"]["after"]["limits.memory"] == 32 * 1024**2
    assert not call(first, "docker_swarm_service", **service)["changed"]
    updated = call(first, "docker_swarm_service", **other)
    assert (updated["changed"], updated["rebuilt"]) == (True, False)
    spec = call(first, "docker_swarm_service_info", name=service["name"])["service"]["Spec"]
    assert spec["TaskTemplate"]["ContainerSpec"]["Env"] == ["ONE=2"]
    # what was not named stays
    assert spec["TaskTemplate"]["Resources"]["Limits"]["NanoCPUs"] == 500000000
    assert not call(first, "docker_swarm_service", **other)["changed"]

    fewer = call(first, "docker_swarm_service", name=service["name"], image=IMAGE)
    assert not fewer["changed"]

    absent = {"name": service["name"], "state": "absent"}
    assert call(first, "docker_swarm_service", check=True, **absent)["changed"]
    assert call(first, "docker_swarm_service", **absent)["changed"]
    assert not call(first, "docker_swarm_service", **absent)["changed"]


def test_a_bare_service_equals_the_engines_defaults(swarm, service, call):
    bare = {"name": service["name"], "image": IMAGE}
    assert call(swarm[0], "docker_swarm_service", **bare)["changed"]
    same = call(
        swarm[0],
        "docker_swarm_service",
        endpoint_mode="vip",
        stop_grace_period="10s",
        restart_config={"condition": "any", "delay": "5s"},
        update_config={"parallelism": 1, "failure_action": "pause", "order": "stop-first"},
        env={},
        publish=[],
        mounts=[],
        labels={},
        init=False,
        tty=False,
        user="",
        **bare,
    )
    assert same["changes"] == []


def test_another_mode_rebuilds(swarm, service, call):
    call(swarm[0], "docker_swarm_service", **service)
    args = {"name": service["name"], "mode": "global"}
    rebuilt = call(swarm[0], "docker_swarm_service", **args)
    assert (rebuilt["changed"], rebuilt["rebuilt"], rebuilt["changes"]) == (True, True, ["mode"])
    assert not call(swarm[0], "docker_swarm_service", **args)["changed"]


def test_force_update_restarts(swarm, service, call):
    call(swarm[0], "docker_swarm_service", **service)
    forced = call(swarm[0], "docker_swarm_service", force_update=True, **service)
    assert forced["changes"] == ["force_update"]


def test_service_refusals(swarm, call):
    name = "provision-test-none"
    missing = call(swarm[0], "docker_swarm_service", name=name)
    assert "image" in missing["msg"]
    network = call(swarm[0], "docker_swarm_service", name=name, image=IMAGE, networks=["nowhere"])
    assert "nowhere" in network["msg"]
    worker = call(swarm[2], "docker_swarm_service", name=name, image=IMAGE)
    assert "worker" in worker["msg"]


def would_change(call, manager, network) -> bool:
    return call(manager, "docker_network", check=True, **network)["changed"]


def test_overlay_network(swarm, call):
    first, second, _ = swarm
    network = {
        "name": "provision-test",
        "driver": "overlay",
        "attachable": True,
        "ipam_config": [{"subnet": "10.91.1.0/24"}],
        "driver_options": {"com.docker.network.driver.mtu": 1400},
        "labels": {"a": "b"},
    }
    try:
        assert call(first, "docker_network", check=True, **network)["changed"]
        assert not call(first, "docker_network_info", name="provision-test")["exists"]
        made = call(first, "docker_network", **network)
        assert made["changed"]
        assert (made["network"]["Scope"], made["network"]["Attachable"]) == ("swarm", True)
        for manager in (first, second):
            # Another manager hears of it a moment later, through raft.
            assert eventually(lambda: not would_change(call, manager, network))  # noqa: B023
            assert not call(manager, "docker_network", **network)["changed"]
        network["ipam_config"] = [{"subnet": "10.91.2.0/24"}]
        preview = call(first, "docker_network", check=True, diff=True, **network)
        assert preview["diff"]["after"]["ipam_config"] == [{"Subnet": "10.91.2.0/24"}]
        assert call(second, "docker_network", **network)["changed"]
        # Another manager hears of it a moment later, through raft.
        assert eventually(
            lambda: not call(first, "docker_network", check=True, **network)["changed"]
        )
        assert not call(first, "docker_network", **network)["changed"]
    finally:
        removed = call(first, "docker_network", name="provision-test", state="absent")
    assert removed["changed"]
    assert not call(first, "docker_network", name="provision-test", state="absent")["changed"]


def test_a_service_keeps_its_network_on_a_second_run(swarm, service, call):
    first = swarm[0]
    network = {"name": "provision-test", "driver": "overlay", "attachable": True}
    call(first, "docker_network", **network)
    try:
        used = dict(service, networks=[{"name": "provision-test", "aliases": ["web"]}])
        assert call(first, "docker_swarm_service", **used)["changed"]
        assert running(call, first, service["name"])
        assert not call(first, "docker_swarm_service", **used)["changed"]
        assert not call(first, "docker_network", **network)["changed"]
        held = call(first, "docker_network_info", name="provision-test")["network"]["Containers"]
        assert any(each["Name"].startswith(service["name"]) for each in held.values())
    finally:
        call(first, "docker_swarm_service", name=service["name"], state="absent")
        for _ in range(60):
            gone = call(first, "docker_network", name="provision-test", state="absent")
            if "failed" not in gone:
                break
            time.sleep(0.5)
    assert "failed" not in gone, gone


def test_node_labels_and_availability(swarm, call):
    first, _, third = swarm
    change = {"hostname": third.name, "labels": {"zone": "a", "n": 1}, "availability": "pause"}
    preview = call(first, "docker_node", check=True, diff=True, **change)
    assert preview["diff"]["after"]["availability"] == "pause"
    assert preview["node"]["Spec"]["Availability"] == "active"
    changed = call(first, "docker_node", **change)
    assert changed["node"]["Spec"]["Labels"] == {"zone": "a", "n": "1"}
    assert not call(first, "docker_node", **change)["changed"]
    fewer = call(first, "docker_node", hostname=third.name, labels_to_remove=["n"])
    assert fewer["node"]["Spec"]["Labels"] == {"zone": "a"}
    by_id = call(
        first,
        "docker_node",
        hostname=changed["node"]["ID"],
        labels_state="replace",
        availability="active",
    )
    assert by_id["node"]["Spec"]["Labels"] == {}
    unknown = call(first, "docker_node", hostname="nobody", labels={"a": "b"})
    assert third.name in unknown["msg"]
    assert "worker" in call(third, "docker_node", hostname=third.name, role="manager")["msg"]


def test_node_role_is_effective_when_the_task_ends(swarm, call):
    first, _, third = swarm
    promoted = call(first, "docker_node", hostname=third.name, role="manager")
    assert promoted["node"]["ManagerStatus"]["Reachability"] == "reachable"
    demoted = call(first, "docker_node", hostname=third.name, role="worker")
    assert demoted["changed"]
    assert "ManagerStatus" not in demoted["node"]
    assert not call(first, "docker_node", hostname=third.name, role="worker")["changed"]


def test_node_info(swarm, call):
    first, second, third = swarm
    names = sorted(node.name for node in swarm)
    told = call(first, "docker_node_info")["nodes"]
    assert sorted(node["Description"]["Hostname"] for node in told) == names
    own = call(second, "docker_node_info", self=True)["nodes"]
    assert [node["Description"]["Hostname"] for node in own] == [second.name]
    one = call(first, "docker_node_info", name=[third.name, "nobody"])["nodes"]
    assert [node["Description"]["Hostname"] for node in one] == [third.name]


def test_host_info_lists(swarm, call):
    told = call(swarm[0], "docker_host_info", images=True, networks=True, disk_usage=True)
    assert "provision-test:1" in [tag for each in told["images"] for tag in each["RepoTags"] or []]
    assert "ingress" in [each["Name"] for each in told["networks"]]
    assert set(told["disk_usage"]) == {"LayersSize"}
    assert "volumes" not in told
