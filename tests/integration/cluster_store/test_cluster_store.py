"""Docker's legacy cluster-store on Consul: two engines of Debian 11, an overlay without a swarm."""

from __future__ import annotations

import re
import shlex
import uuid
from collections.abc import Iterator

import pytest

from provision.resources import resource
from tests.integration.cluster.conftest import CommandLine

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1200)]

PLAYBOOK = str(resource("playbooks", "cluster-store.yml"))
DECLARED = "docker_cluster_store: consul://127.0.0.1:8500\n"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """Two nodes of Debian 11 with Consul, in no swarm; removed afterwards whatever happened."""
    made = CommandLine(tmp_path_factory.mktemp("workspace"), f"s{uuid.uuid4().hex[:6]}")
    size = ("--nodes", "2", "--cpus", "1", "--memory", "1024", "--driver", "docker")
    try:
        made.run("up", *size, "--image", "bullseye", "-e", "docker_source=distribution")
        made.run("bootstrap", "consul")
        yield made
    finally:
        if made.state.exists():
            made.run("down", "--yes", expect=None)


def test_it_is_refused_where_it_is_not_declared(lab: CommandLine) -> None:
    refused = lab.run("play", PLAYBOOK, expect=2)
    assert "say `docker_cluster_store: consul://127.0.0.1:8500`" in refused.stdout


def test_containers_of_two_engines_reach_each_other_without_a_swarm(lab: CommandLine) -> None:
    (lab.state / "group_vars" / "all" / "own.yml").write_text(DECLARED)
    lab.run("play", PLAYBOOK)
    again = lab.run("play", PLAYBOOK).stdout
    assert set(re.findall(r"changed=(\d+)", again)) == {"0"}
    assert set(re.findall(r"changed=(\d+)", lab.run("up").stdout)) == {"0"}
    lab.run("play", str(resource("playbooks", "verify.yml")))  # builds the image
    lab.on(1, "docker network create -d overlay --subnet 10.77.0.0/24 store")
    assert "overlay" in lab.on(2, "docker network ls --filter name=store")
    serve = "echo here > /tmp/index.html; exec busybox httpd -f -p 8080 -h /tmp"
    lab.on(1, f"docker run -d --name far --network store provision/probe:1 sh -c '{serve}'")
    # The image's wget has no resolver, and a container hears of the others' names after a moment.
    ask = """
        for n in $(seq 60); do
          address=$(nslookup far 127.0.0.11 | awk '/^Name:/ {on=1} on && /^Address/ {print $NF}')
          [ -z "$address" ] || break
          sleep 1
        done
        timeout 20 wget -qO- "http://$address:8080/"
    """
    inside = "docker run --rm --network store provision/probe:1 sh -c " + shlex.quote(ask)
    assert lab.on(2, inside).strip() == "here"
    assert lab.on(2, "docker info --format '{{.Swarm.LocalNodeState}}'").strip() == "inactive"
    keys = lab.run("consul", "run", "kv", "get", "-keys", "docker/network/v1.0/").stdout
    assert "docker/network/v1.0/network/" in keys


def test_the_token_is_where_only_root_reads_it(lab: CommandLine) -> None:
    found = lab.on(1, "cat /etc/docker/environment")
    token = re.search(r'CONSUL_HTTP_TOKEN="([0-9a-f-]{36})"', found)
    assert token is not None
    assert lab.on(1, "stat -c %a /etc/docker/environment").strip() == "600"
    assert token[1] in lab.on(1, "cat /proc/$(pidof dockerd)/environ")
    told = lab.on(
        1, "ps -eo args; cat /etc/docker/daemon.json; systemctl show docker docker.socket"
    )
    assert token[1] not in told
    assert token[1] not in lab.run("play", PLAYBOOK, "-vvv", "--diff").stdout


def test_a_swarm_and_a_cluster_store_exclude_each_other(lab: CommandLine) -> None:
    refused = lab.run("bootstrap", "swarm", expect=2)
    assert "docker_cluster_store is set, which excludes swarm mode" in refused.stdout
    own = lab.state / "group_vars" / "all" / "own.yml"
    lab.on(1, "docker rm -f far; docker network rm store")
    own.unlink()
    lab.run("up")
    lab.run("bootstrap", "swarm")
    own.write_text(DECLARED)
    for command in (("play", PLAYBOOK), ("up",)):
        refused = lab.run(*command, expect=2)
        assert "it is in a swarm, which excludes cluster-store" in refused.stdout
        assert set(re.findall(r"changed=(\d+)", refused.stdout)) == {"0"}
