"""What only a kernel of its own can prove: the routing mesh and the encrypted overlay."""

from __future__ import annotations

import secrets
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from .conftest import IMAGE, Cluster

pytestmark = [pytest.mark.vm, pytest.mark.timeout(7200)]

SERVE = "echo {text} > /tmp/index.html; exec busybox httpd -f -p 80 -h /tmp"
# busybox's own -T crashes in static builds.
ASK = """
until busybox timeout 20 busybox wget -q -O - http://tasks.{name}/; do sleep 2; done
sleep 9999
"""
PATIENCE = 1500


@contextmanager
def service(cluster: Cluster, name: str, node: str, command: str, *options: str) -> Iterator[None]:
    """One task on one node."""
    manager = cluster.nodes[0]
    words = " ".join(options)
    cluster.ssh(
        manager,
        f"docker service create --quiet --detach --name {name} --no-resolve-image --replicas 1 "
        f"--constraint node.hostname=={node} {words} {IMAGE} sh -c '{command}'",
    )
    try:
        yield
    finally:
        cluster.ssh(manager, f"docker service rm {name}")


def answer(url: str) -> str:
    """What a URL answers, after having waited for it."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as response:
                return str(response.read().decode().strip())
        except OSError as error:
            if time.monotonic() > end:
                return f"no answer: {error}"
            time.sleep(2)


def test_a_published_port_answers_on_every_node(cluster: Cluster) -> None:
    text = secrets.token_hex(8)
    first = cluster.nodes[0]
    with service(cluster, "mesh", first, SERVE.format(text=text), "--publish 8090:80"):
        found = {node: answer(f"http://{cluster.address(node)}:8090/") for node in cluster.nodes}
    assert found == dict.fromkeys(cluster.nodes, text)


@pytest.mark.parametrize("encrypted", [True, False], ids=["encrypted", "plain"])
def test_an_encrypted_overlay_hides_what_a_plain_one_shows(
    cluster: Cluster, encrypted: bool
) -> None:
    """The plain one is the counter-proof: there the same capture finds the text."""
    text = secrets.token_hex(16)
    name = "sealed" if encrypted else "open"
    first, second = cluster.nodes[:2]
    option = "--opt encrypted" if encrypted else ""
    network = f"--network {name}-net"
    cluster.ssh(first, f"docker network create --driver overlay {option} {name}-net")
    try:
        with service(cluster, name, first, SERVE.format(text=text), network):
            captured = capture_while_asking(cluster, first, second, name, text)
    finally:
        remove_network(cluster, first, f"{name}-net")
    assert captured["answer"] == text, captured
    if encrypted:
        assert int(captured["esp"]) > 0, captured
        assert captured["clear"] == "0", captured
    else:
        assert captured["esp"] == "0", captured
        assert int(captured["clear"]) > 0, captured


def capture_while_asking(
    cluster: Cluster, server: str, client: str, name: str, text: str
) -> dict[str, str]:
    """Ask the service from another node, and look at what went over the wire between the two.

    AppArmor allows tcpdump to read files of that suffix only.
    """
    peer = cluster.address(server)
    cluster.ssh(
        client,
        f"""
        rm -f /tmp/wire.pcap /tmp/said
        nohup tcpdump -q -i any -U -w /tmp/wire.pcap "host {peer} and (esp or udp port 4789)" \\
            < /dev/null > /tmp/said 2>&1 &
        for i in $(seq 60); do grep -q listening /tmp/said && exit; sleep 1; done; exit 1
        """,
    )
    # A task, not `docker run`: that gives up if its network is not there within 20 seconds.
    with service(cluster, f"{name}-ask", client, ASK.format(name=name), f"--network {name}-net"):
        output = cluster.ssh(
            client,
            f"""
            asker() {{ docker ps -q --filter label=com.docker.swarm.service.name={name}-ask; }}
            for i in $(seq {PATIENCE // 15}); do
                answer=$(docker logs "$(asker)" 2>/dev/null) && [ -n "$answer" ] && break
                sleep 10
            done
            pkill -INT tcpdump
            sleep 2
            echo "answer $answer"
            echo "esp $(tcpdump -r /tmp/wire.pcap esp 2>/dev/null | wc -l)"
            echo "clear $(grep -a -c {text} /tmp/wire.pcap || true)"
            """,
        )
    return dict(line.split(" ", 1) for line in output.splitlines() if " " in line)


def remove_network(cluster: Cluster, manager: str, name: str) -> None:
    """Tasks leave a network some time after their service has gone."""
    cluster.ssh(
        manager,
        f"for i in $(seq 60); do docker network rm {name} && exit; sleep 2; done; exit 1",
    )
