"""Images to and from a real registry that wants a login; programs in containers; pruning."""

from __future__ import annotations

import pytest

from .archives import make_image

pytestmark = pytest.mark.node

IMAGE = "provision-images:1"
ARCHIVE = "/root/provision-images.tar"
REGISTRY = "localhost:5055"
PUSHED = f"{REGISTRY}/app:1"
UNIT = "provision-test-registry"
START = rf"""
set -e
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    docker-registry apache2-utils >/dev/null
systemctl disable -q --now docker-registry
rm -rf /tmp/{UNIT}; mkdir /tmp/{UNIT}
htpasswd -Bbn user word >/tmp/{UNIT}/users
cat >/tmp/{UNIT}/config.yml <<END
version: 0.1
storage: {{filesystem: {{rootdirectory: /tmp/{UNIT}/data}}}}
http: {{addr: "{REGISTRY}"}}
auth: {{htpasswd: {{realm: test, path: /tmp/{UNIT}/users}}}}
END
systemctl reset-failed {UNIT} 2>/dev/null || true
systemd-run -q --collect --unit={UNIT} docker-registry serve /tmp/{UNIT}/config.yml
"""
LOGIN = {"registry": REGISTRY, "username": "user", "password": "word"}


@pytest.fixture(scope="module")
def node(docker_nodes, call):
    first = docker_nodes[0]
    make_image(call, first, IMAGE, ARCHIVE)
    loaded = call(first, "docker_image_load", path=ARCHIVE)
    assert "failed" not in loaded, loaded
    return first


@pytest.fixture
def registry(node, call):
    started = call(node, "shell", cmd=START)
    assert started["rc"] == 0, started
    assert "failed" not in call(node, "wait_for", host="localhost", port=5055, timeout=30)
    yield node
    call(node, "docker_login", registry=REGISTRY, state="absent")
    call(node, "shell", cmd=f"systemctl stop {UNIT}; rm -rf /tmp/{UNIT}")


def test_to_a_registry_and_back(registry, call):
    wrong = call(registry, "docker_login", **dict(LOGIN, password="very-wrong"))
    assert "401" in wrong["msg"]
    assert "very-wrong" not in str(wrong)
    assert call(registry, "docker_login", check=True, **LOGIN)["changed"]
    assert call(registry, "docker_login", **LOGIN)["changed"]
    assert not call(registry, "docker_login", **LOGIN)["changed"]
    mode = call(registry, "stat", path="/root/.docker/config.json")["stat"]["mode"]
    assert mode == "0600"

    tag = {"name": IMAGE, "repository": [PUSHED]}
    assert call(registry, "docker_image_tag", check=True, **tag)["changed"]
    tagged = call(registry, "docker_image_tag", diff=True, **tag)
    assert tagged["tagged_images"] == [PUSHED]
    assert tagged["diff"]["before"] == {"images": [{"name": PUSHED, "exists": False}]}
    assert not call(registry, "docker_image_tag", **tag)["changed"]
    assert call(registry, "docker_image_push", name=PUSHED)["changed"]
    assert not call(registry, "docker_image_push", name=PUSHED)["changed"]

    removed = call(registry, "docker_image_remove", name=PUSHED)
    assert PUSHED in removed["untagged"]
    assert not call(registry, "docker_image_remove", name=PUSHED)["changed"]
    assert call(registry, "docker_image_pull", check=True, name=PUSHED)["changed"]
    pulled = call(registry, "docker_image_pull", diff=True, name=PUSHED)
    assert pulled["diff"]["before"] == {"exists": False}
    assert not call(registry, "docker_image_pull", name=PUSHED)["changed"]
    kept = call(registry, "docker_image_pull", name=PUSHED, pull="not_present")
    assert (kept["changed"], kept["actions"]) == (False, [])
    assert call(registry, "docker_image_remove", name=PUSHED)["changed"]

    assert call(registry, "docker_login", registry=REGISTRY, state="absent")["changed"]
    assert not call(registry, "docker_login", registry=REGISTRY, state="absent")["changed"]
    denied = call(registry, "docker_image_pull", name=PUSHED)
    assert "no basic auth credentials" in denied["msg"]


def test_archives(node, call):
    export = {"names": [IMAGE], "path": "/root/provision-export.tar"}
    assert call(node, "docker_image_export", check=True, **export)["changed"]
    assert call(node, "docker_image_export", **export)["changed"]
    assert not call(node, "docker_image_export", **export)["changed"]
    assert not call(node, "docker_image_load", path=export["path"])["changed"]
    call(node, "file", path=export["path"], state="absent")
    missing = call(node, "docker_image_export", names=["provision-none"], path="/root/x.tar")
    assert "provision-none" in missing["msg"]
    assert not call(node, "stat", path="/root/x.tar")["stat"]["exists"]


def test_programs_in_a_container(node, call):
    name = "provision-exec"
    made = call(node, "docker_container", name=name, image=IMAGE, pull="never")
    assert "failed" not in made, made
    try:
        ran = call(
            node,
            "docker_container_exec",
            container=name,
            command="sh -c 'cat; echo no >&2; echo $A; exit 3'",
            stdin="naïve",
            env={"A": "b"},
        )
        assert (ran["rc"], ran["stdout"], ran["stderr"]) == (3, "naïve\nb", "no")
        large = call(node, "docker_container_exec", container=name, argv=["cat"], stdin="x" * 2**20)
        assert len(large["stdout"]) == 2**20
        detached = call(node, "docker_container_exec", container=name, argv=["true"], detach=True)
        assert detached["exec_id"]
        number = call(node, "docker_container_exec", container=name, argv=["env"], env={"A": 1})
        assert "quote it" in number["msg"]
    finally:
        call(node, "docker_container", name=name, state="absent", force_kill=True)
    gone = call(node, "docker_container_exec", container=name, argv=["true"])
    assert name in gone["msg"]


def test_pruning(node, call):
    name = "provision-prune"
    call(node, "docker_container", name=name, image=IMAGE, pull="never", state="present")
    call(node, "docker_volume", name=name)
    call(node, "docker_network", name=name)
    assert call(node, "docker_volume_info", name=name)["exists"]
    only = {"containers_filters": {"label": "provision-none"}}
    assert not call(node, "docker_prune", containers=True, **only)["changed"]
    done = call(node, "docker_prune", containers=True, volumes=True, networks=True)
    assert len(done["containers"]) >= 1
    assert name in done["volumes"]
    assert name in done["networks"]
    assert not call(node, "docker_prune", volumes=True, networks=True)["changed"]
    assert not call(node, "docker_volume_info", name=name)["exists"]


def test_every_setting_of_a_container(node, call):
    name = "provision-settings"
    call(node, "copy", dest="/root/provision.env", content="A=file\nZ=1\n")
    settings = {
        "name": name,
        "image": IMAGE,
        "pull": "never",
        "stop_timeout": 0,
        "env": {"A": "b"},
        "env_file": "/root/provision.env",
        "exposed_ports": ["99", "100-101/udp"],
        "mounts": [
            {"type": "bind", "source": "/etc", "target": "/e", "read_only": True},
            {"type": "tmpfs", "target": "/t", "tmpfs_size": "1M", "tmpfs_mode": "1777"},
        ],
        "tmpfs": ["/u:size=1m", "/w"],
        "groups": ["5"],
        "dns_opts": ["ndots:2"],
        "domainname": "example",
        "ulimits": ["nofile:100:200", "nproc:50"],
        "shm_size": "32M",
        "memory": "64M",
        "memory_swap": "128M",
        "cpu_shares": 100,
        "pids_limit": 50,
        "oom_score_adj": 10,
        "devices": ["/dev/null:/dev/other:rw"],
        "device_cgroup_rules": ["c 1:3 rwm"],
        "cgroupns_mode": "private",
        "security_opts": ["no-new-privileges"],
        "sysctls": {"net.ipv4.ip_forward": 1},
        "healthcheck": {"test": "true", "interval": "1s", "start_period": "0s"},
    }
    try:
        made = call(node, "docker_container", **settings)
        assert made["changed"], made
        assert "A=b" in made["container"]["Config"]["Env"]
        assert "Z=1" in made["container"]["Config"]["Env"]
        assert not call(node, "docker_container", diff=True, **settings)["changed"]

        more = dict(settings, memory="70M", memory_swap="140M", pids_limit=60)
        updated = call(node, "docker_container", **more)
        assert updated["actions"] == [f"Updated container {name}"]
        assert updated["container"]["Id"] == made["container"]["Id"]
        assert not call(node, "docker_container", **more)["changed"]

        fewer = dict(more, env={"A": "b"}, env_file=None, comparisons={"env": "strict"})
        assert call(node, "docker_container", check=True, **fewer)["changed"]
        del fewer["comparisons"]
        assert not call(node, "docker_container", check=True, **fewer)["changed"]
        other = dict(more, shm_size="64M", comparisons={"*": "ignore"})
        assert not call(node, "docker_container", check=True, **other)["changed"]

        assert call(node, "docker_container", paused=True, **more)["container"]["State"]["Paused"]
        assert not call(node, "docker_container", paused=True, **more)["changed"]
        assert call(node, "docker_container", paused=False, **more)["changed"]
    finally:
        call(node, "docker_container", name=name, state="absent", force_kill=True)
    wrong = call(node, "docker_container", comparisons={"user": "allow_more_present"}, **settings)
    assert "no list" in wrong["msg"]
