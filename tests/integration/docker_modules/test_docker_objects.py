"""Images, volumes and containers on one Engine; secrets and configs in a swarm of one."""

from __future__ import annotations

import pytest

from .archives import make_image
from .swarms import disband

pytestmark = pytest.mark.node

IMAGE = "provision-objects:1"
ARCHIVE = "/root/provision-objects.tar"
NAME = "provision-objects"


@pytest.fixture(scope="module")
def node(docker_nodes, call):
    first = docker_nodes[0]
    make_image(call, first, IMAGE, ARCHIVE)
    loaded = call(first, "docker_image", name=IMAGE, source="load", load_path=ARCHIVE)
    assert "failed" not in loaded, loaded
    return first


@pytest.fixture
def container(node, call):
    """A container's arguments; it is gone before and after."""
    gone = {"name": NAME, "state": "absent", "force_kill": True}
    call(node, "docker_container", **gone)
    yield {"name": NAME, "image": IMAGE, "pull": "never", "stop_timeout": 1}
    call(node, "docker_container", **gone)


def test_container_life(node, container, call):
    args = dict(
        container,
        command="sleep 1000",
        env={"ONE": 1},
        ports=["127.0.0.1:18081:80", "53/udp"],
        volumes=["/etc/hostname:/h:ro"],
        labels={"a": "b"},
        restart_policy="unless-stopped",
        memory="32M",
        cpus=0.5,
        capabilities=["NET_ADMIN"],
        etc_hosts={"db": "10.0.0.1"},
        healthcheck={"test": "true", "interval": "1s"},
        hostname="inside",
        log_driver="json-file",
        log_options={"max-size": "1m"},
    )
    assert call(node, "docker_container", check=True, **args)["changed"]
    assert not call(node, "docker_container_info", name=NAME)["exists"]
    made = call(node, "docker_container", **args)
    assert made["changed"], made
    assert made["container"]["State"]["Running"]
    same = call(node, "docker_container", diff=True, **args)
    assert (same["changed"], same["diff"]) == (False, {"before": {}, "after": {}})
    assert not call(node, "docker_container", name=NAME, image=IMAGE, pull="never")["changed"]
    healthy = call(node, "docker_container", **dict(args, state="healthy"))
    assert healthy["container"]["State"]["Health"]["Status"] == "healthy", healthy

    other = dict(args, env={"ONE": 2}, ports=["18082:80"])
    preview = call(node, "docker_container", check=True, diff=True, **other)
    assert set(preview["diff"]["after"]) >= {"env", "published_ports"}
    assert not call(node, "docker_container", **args)["changed"]
    changed = call(node, "docker_container", **other)
    assert changed["container"]["Id"] != made["container"]["Id"]
    assert "ONE=2" in changed["container"]["Config"]["Env"]

    stop = dict(other, state="stopped")
    assert call(node, "docker_container", **stop)["changed"]
    assert not call(node, "docker_container", **stop)["changed"]
    assert not call(node, "docker_container", **dict(other, state="present"))["changed"]
    assert call(node, "docker_container", **other)["changed"]
    assert call(node, "docker_container", restart=True, **other)["changed"]
    assert call(node, "docker_container", name=NAME, state="absent", check=True)["changed"]
    assert call(node, "docker_container", name=NAME, state="absent", stop_timeout=1)["changed"]
    assert not call(node, "docker_container", name=NAME, state="absent")["changed"]


def test_container_run_to_its_end(node, container, call):
    once = dict(container, detach=False, cleanup=True)
    done = call(
        node, "docker_container", **dict(once, command=["sh", "-c", "echo out; echo err >&2"])
    )
    assert done["status"] == 0
    assert sorted(done["container"]["Output"].split()) == ["err", "out"]
    assert not call(node, "docker_container_info", name=NAME)["exists"]
    failed = call(node, "docker_container", **dict(once, command=["sh", "-c", "echo no; exit 3"]))
    assert failed["failed"]
    assert failed["status"] == 3
    assert "no" in failed["msg"]


def test_container_networks(node, container, call):
    networks = ("provision-one", "provision-two")
    for number, name in enumerate(networks):
        subnet = [{"subnet": f"10.92.{number}.0/24"}]
        made = call(node, "docker_network", name=name, ipam_config=subnet)
        assert "failed" not in made, made
    try:
        args = dict(
            container,
            networks=[{"name": networks[0], "ipv4_address": "10.92.0.7"}],
        )
        made = call(node, "docker_container", **args)
        assert list(made["container"]["NetworkSettings"]["Networks"]) == [networks[0]]
        assert not call(node, "docker_container", **args)["changed"]
        args["networks"].append({"name": networks[1], "aliases": ["web"]})
        assert call(node, "docker_container", **args)["changed"]
        assert not call(node, "docker_container", **args)["changed"]
        told = call(node, "docker_container_info", name=NAME)["container"]
        assert told["NetworkSettings"]["Networks"][networks[0]]["IPAddress"] == "10.92.0.7"

        # a run that does not speak of containers leaves them connected
        assert not call(node, "docker_network", name=networks[1])["changed"]
        cut = call(node, "docker_network", name=networks[1], connected=[])
        assert cut["actions"] == [f"Disconnected container {NAME}"]
        again = call(node, "docker_network", name=networks[1], connected=[NAME])
        assert again["actions"] == [f"Connected container {NAME}"]
        held = call(node, "docker_network", name=networks[1], state="absent")
        assert "endpoint" in held["msg"]
    finally:
        for name in networks:
            call(node, "docker_network", name=name, state="absent", force=True)
    assert not call(node, "docker_network_info", name=networks[0])["exists"]


def test_container_refusals(node, container, call):
    assert "image" in call(node, "docker_container", name=NAME)["msg"]
    missing = call(node, "docker_container", name=NAME, image="provision-none", pull="never")
    assert "provision-none" in missing["msg"]
    port = call(node, "docker_container", **dict(container, ports=["80:lots"]))
    assert "80:lots" in port["msg"]


def test_images(node, call):
    tag = {"name": IMAGE, "source": "local", "repository": "provision-objects:again"}
    assert call(node, "docker_image", **tag)["changed"]
    assert not call(node, "docker_image", **tag)["changed"]
    told = call(node, "docker_image_info", name=["provision-objects:again", "provision-none"])
    assert len(told["images"]) == 1
    remove = {"name": "provision-objects:again", "state": "absent"}
    assert call(node, "docker_image", check=True, **remove)["changed"]
    assert call(node, "docker_image", **remove)["changed"]
    assert not call(node, "docker_image", **remove)["changed"]
    assert "local" in call(node, "docker_image", name="provision-none", source="local")["msg"]
    wrong = call(node, "docker_image", name="provision-none", source="load", load_path=ARCHIVE)
    assert "holds no image" in wrong["msg"]


def test_volumes(node, call):
    args = {"name": NAME, "labels": {"a": 1}}
    assert call(node, "docker_volume", check=True, **args)["changed"]
    assert call(node, "docker_volume", **args)["changed"]
    assert not call(node, "docker_volume", **args)["changed"]
    args["labels"] = {"a": 2}
    left = call(node, "docker_volume", **args)
    assert not left["changed"]
    assert "labels" in left["warnings"][0]
    again = call(node, "docker_volume", recreate="options-changed", **args)
    assert again["volume"]["Labels"] == {"a": "2"}
    assert call(node, "docker_volume", name=NAME, state="absent")["changed"]
    assert not call(node, "docker_volume", name=NAME, state="absent")["changed"]


@pytest.mark.parametrize("kind", ["secret", "config"])
def test_secrets_and_configs(node, docker_nodes, call, kind):
    module = f"docker_{kind}"
    disband(call, docker_nodes)
    call(node, "docker_swarm", advertise_addr=node.address)
    try:
        assert call(node, module, check=True, name=NAME, data="one")["changed"]
        made = call(node, module, name=NAME, data="one")
        assert made["changed"]
        same = call(node, module, name=NAME, data="b25l", data_is_b64=True)
        assert (same["changed"], same[f"{kind}_id"]) == (False, made[f"{kind}_id"])
        assert call(node, module, name=NAME, data="two", labels={"a": 1})["changed"]
        assert not call(node, module, name=NAME, data="two", labels={"a": 1})["changed"]
        for number in range(1, 4):
            rolled = call(
                node,
                module,
                name="roll",
                data=str(number),
                rolling_versions=True,
                versions_to_keep=2,
            )
            assert rolled[f"{kind}_name"] == f"roll_v{number}"
        assert not call(node, module, name="roll", data="3", rolling_versions=True)["changed"]
        assert call(node, module, name=NAME, state="absent")["changed"]
        assert not call(node, module, name=NAME, state="absent")["changed"]
        assert "data" in call(node, module, name=NAME)["msg"]
    finally:
        disband(call, docker_nodes)
