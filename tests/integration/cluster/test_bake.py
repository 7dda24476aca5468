"""A baked image: nothing of a node's own in it, and nothing left to install on its nodes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from provision.cluster.down import down
from provision.cluster.images.bake import Baked, bake
from provision.cluster.up import up
from provision.engine.events import Event, HostFinished, Status, TaskStarted
from provision.errors import UsageError
from provision.machines import baked_image
from provision.machines.baked_image import NodeImage
from provision.machines.docker.boot import execute
from provision.machines.docker.engine import Engine

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

VARIABLES = {"docker_log_max_file": 4}  # an image of this test's own


def say(machine: str, line: str) -> None:
    print(f"{machine}: {line}")


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.fixture(scope="module")
def baked(engine: Engine) -> Iterator[NodeImage]:
    done = bake("bookworm", say=say, variables=VARIABLES, force=True)
    assert done.image is not None
    yield done.image
    baked_image.remove(engine, [done.image.name])


def test_it_is_made_once(baked: NodeImage) -> None:
    assert bake("bookworm", say=say, variables=VARIABLES) == Baked(baked, made=False)


def test_nothing_of_a_node_is_in_it(engine: Engine, baked: NodeImage) -> None:
    script = """
        ls /etc/ssh/ssh_host_* /etc/docker/key.json /etc/docker/tls /root/.ssh /root/.docker
        ls /var/lib/docker/* /var/lib/containerd/* /var/lib/consul/* /etc/consul.d/*.hcl
        find /etc/machine-id /var/lib/systemd/random-seed -size +0
        find /var/log /var/lib/apt/lists /var/cache/apt/archives -type f -size +0
        find / -xdev -newermt 2000-01-01 \\( -name '*key.pem' -o -name 'id_*' \\) -path '*root*'
        grep -rlE 'PRIVATE KEY|provision-bake' /etc /root /var/lib /var/tmp /usr/local
    """
    command = ["sh", "-c", f"( {script} ) 2>/dev/null; true"]
    # Not through the entry point: that would give it an identity.
    found = engine.client.containers.run(baked.name, command[1:], entrypoint="sh", remove=True)
    assert found.decode().split() == []
    config = engine.client.images.get(baked.name).attrs["Config"]
    assert "ssh-" not in str(config["Env"])
    assert {v for k, v in config["Labels"].items() if k == "provision.cluster"} == {""}


def test_up_takes_it_and_installs_nothing(engine: Engine, baked: NodeImage, tmp_path: Path) -> None:
    told: list[str] = []
    titles: dict[int, str] = {}
    changed: set[str] = set()

    def watch(event: Event) -> None:
        if isinstance(event, TaskStarted):
            titles[event.task_id] = event.path
        elif isinstance(event, HostFinished) and event.status is Status.CHANGED:
            changed.add(titles[event.task_id])

    asked: dict[str, Any] = {"nodes": 2, "cpus": 1, "memory": 1024}
    try:
        done = up(
            tmp_path,
            "test-baked",
            asked,
            driver="docker",
            say=lambda machine, line: told.append(line),
            subscribers=[watch],
            variables=VARIABLES,
        )
        assert done.exit_code == 0
        assert f"baked image {baked.name}: Docker and Consul are in it" in told
        # What is each node's own is all that there is to do.
        assert changed == {
            "docker : Create the folder of certificates",
            "docker : Write the accepted authorities, the certificate and its key",
            "docker : Start Docker",
        }
        names = [node.name for node in done.cluster.nodes]
        own = "cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub /etc/docker/key.json; hostname"
        identities = [set(execute(engine, n, ["sh", "-c", own]).split("\n")) for n in names]
        assert identities[0] & identities[1] <= {"", "root"}
        for name in names:
            assert execute(engine, name, ["cat", "/etc/hostname"]).strip() == name
            assert "running" in execute(engine, name, ["docker", "info", "-f", "running"])
        with pytest.raises(UsageError, match="machines are made from"):
            baked_image.remove(engine, [baked.name])
        # Declared is what was asked for, not which image happened to be there.
        assert done.cluster.shape.image is None
    finally:
        down(tmp_path, "test-baked", say=say)


def test_it_is_not_taken_for_other_variables(engine: Engine, baked: NodeImage) -> None:
    from provision.cluster.images.baked import fingerprint

    assert baked_image.baked_match(engine, baked.base, fingerprint(VARIABLES)) is not None
    assert baked_image.baked_match(engine, baked.base, fingerprint({"consul_version": "1"})) is None
