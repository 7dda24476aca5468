"""Workloads on a formed cluster, as a user types them. One cluster goes through all of it."""

from __future__ import annotations

import base64
import json
import re
import ssl
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from provision.cluster.cluster import Cluster
from provision.cluster.engines import _over_ssh
from provision.cluster.workloads import listing
from tests.integration.cluster.conftest import CommandLine

from .hammer import Hammer, get

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

STACK = """
version: "3.8"
services:
  web:
    image: ${IMAGE:-shop:1}
    command: [-h, /www, -v]
    stop_grace_period: 1s
    secrets: [password]
    configs: [{source: page, target: /www/index.html}]
    ports: [{target: 80, published: 8081, mode: host}]
    deploy:
      replicas: ${REPLICAS:-2}
      endpoint_mode: dnsrr
      update_config: {order: stop-first, failure_action: rollback, monitor: 2s, parallelism: 2}
secrets: {password: {file: password.txt}}
configs: {page: {file: page.html}}
"""


def opened(lab: CommandLine) -> Cluster:
    return Cluster.open(lab.folder / ".provision", lab.cluster)


def addresses(lab: CommandLine) -> list[str]:
    return [endpoint.address for endpoint in opened(lab).endpoints.values()]


def listed(lab: CommandLine, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(lab.run(*arguments, "--json").stdout)
    return found


def eventually(condition: Callable[[], bool]) -> bool:
    for _ in range(240):
        if condition():
            return True
        time.sleep(0.5)
    return False


def test_an_image_is_packed_and_loaded_where_it_is_missing(lab: CommandLine, page: Path) -> None:
    (page / "two.txt").write_text("two")
    for version, more in (("1", ()), ("2", ("--add", f"{page}/two.txt:/two.txt"))):
        archive = page / f"shop-{version}.tar"
        words = ["--deb", "busybox-static", "--link", "/bin/sh:/bin/busybox"]
        words += ["--entrypoint", "/bin/busybox httpd -f -p 80", "-o", str(archive)]
        lab.run("image", "pack", f"shop:{version}", *words, *more)
    some = f"{lab.node(1)},{lab.node(2)}"
    first = lab.run("image", "push", str(page / "shop-1.tar"), "--nodes", some).stdout
    assert "2 loaded" in first
    would = lab.run("image", "push", str(page / "shop-1.tar"), "--check").stdout
    assert "1 would be loaded, 2 there already" in would
    rest = lab.run("image", "push", str(page / "shop-1.tar")).stdout
    assert "1 loaded, 2 there already" in rest
    for number in (1, 2, 3):
        assert "shop:1" in lab.on(number, "docker images --format '{{.Repository}}:{{.Tag}}'")
    refused = lab.run("image", "push", "no-such-image:1", expect=None)
    assert refused.returncode in (1, 2)
    assert "no-such-image" in refused.stderr


def test_a_stack_is_deployed_and_waited_for(lab: CommandLine, page: Path) -> None:
    (page / "stack.yml").write_text(STACK)
    (page / "password.txt").write_text("sesame")
    (page / "page.html").write_text("one")
    file = str(page / "stack.yml")
    would = lab.run("deploy", "stack", "-c", file, "--check", "shop").stdout
    assert "would be: Created service shop_web" in would
    assert listed(lab, "service", "ls") == []
    done = lab.run("deploy", "stack", "-c", file, "shop")
    assert "sesame" not in done.stdout + done.stderr
    (row,) = listed(lab, "deploy", "services", "shop")
    assert (row["running"], row["desired"], row["image"]) == (2, 2, "shop:1")
    again = lab.run("deploy", "stack", "-c", file, "--exit-on-change", "shop").stdout
    assert "nothing to change" in again
    nodes = [row["node"] for row in listed(lab, "deploy", "ps", "shop")]
    assert len(set(nodes)) == 2
    endpoints = opened(lab).endpoints
    assert {get(endpoints[node].address, "/", 8081) for node in nodes} == {(200, "one")}
    assert listed(lab, "deploy", "ls") == [{"name": "shop", "services": 1}]


def test_a_bad_file_is_refused_with_its_place(lab: CommandLine, page: Path) -> None:
    bad = page / "bad.yml"
    bad.write_text("services:\n  web:\n    image: shop:1\n    configs: [pgae]\n")
    refused = lab.run("deploy", "stack", "-c", str(bad), "shop", expect=5)
    assert f"{bad}:4" in refused.stderr
    assert "'pgae' is not declared" in refused.stderr


def test_an_update_that_fails_is_rolled_back_and_says_why(lab: CommandLine, page: Path) -> None:
    text = STACK.replace("shop:1", "shop:none")
    (page / "broken.yml").write_text(text)
    failed = lab.run("deploy", "stack", "-c", str(page / "broken.yml"), "shop", expect=2)
    assert "rollback_completed" in failed.stderr
    assert "No such image: shop:none" in failed.stderr
    assert "back on what it was before (shop:1)" in failed.stderr
    (row,) = listed(lab, "service", "ls", "--filter", "name=shop_web")
    assert (row["image"], row["running"]) == ("shop:1", 2)


def test_services_are_scaled_updated_and_rolled_back(lab: CommandLine, page: Path) -> None:
    lab.run("service", "scale", "shop_web=3")
    (row,) = listed(lab, "service", "ls")
    assert row["running"] == 3
    lab.run("service", "update", "--env-add", "A=1", "--limit-memory", "64M", "shop_web")
    assert '"A=1"' in lab.run("service", "inspect", "shop_web").stdout
    same = lab.run("service", "update", "--env-add", "A=1", "shop_web").stdout
    assert "nothing to change" in same
    lab.run("service", "rollback", "shop_web")
    (spec,) = json.loads(lab.run("service", "inspect", "shop_web").stdout)
    assert "A=1" not in spec["Spec"]["TaskTemplate"]["ContainerSpec"].get("Env", [])
    refused = lab.run("service", "update", "--env-rm", "A", "shop_web", expect=2)
    assert "the service has none" in refused.stderr
    assert "did you mean 'shop_web'?" in lab.run("service", "ps", "shopweb", expect=2).stderr
    back = lab.run("deploy", "stack", "-c", str(page / "stack.yml"), "shop").stdout
    assert "Updated service shop_web" in back  # scaled by hand: the file says 2


def test_logs_say_which_task_wrote_them(lab: CommandLine) -> None:
    (task, *_) = listed(lab, "service", "ps", "shop_web", "-f", "desired-state=running")
    address = opened(lab).endpoints[task["node"]].address
    assert get(address, "/", 8081)[0] == 200

    def records() -> list[dict[str, str]]:
        lines = lab.run("service", "logs", "--json", "shop_web").stdout.splitlines()
        return [json.loads(line) for line in lines]

    assert eventually(lambda: any(record["task"] == task["id"] for record in records()))
    record = next(record for record in records() if record["task"] == task["id"])
    assert record["node"] == task["node"]
    assert "response:200" in record["text"]
    shown = lab.run("service", "logs", "--tail", "1", "shop_web")
    assert re.search(rf"{task['name']}\.\w{{12}}@{task['node']} ", shown.stderr)


def test_engines_are_reached_through_ssh_too(lab: CommandLine) -> None:
    cluster = opened(lab)
    engine = _over_ssh(cluster, lab.node(1))
    assert [row.name for row in listing.services(engine, {})] == ["shop_web"]


def test_a_registry_serves_the_nodes_and_nobody_else(lab: CommandLine, page: Path) -> None:
    lab.run("image", "registry")
    again = lab.run("-v", "image", "registry").stdout
    assert set(re.findall(r"changed=(\d+)", again)) == {"0"}
    lab.run("image", "push", "--registry", str(page / "shop-2.tar"))
    held = yaml.safe_load((lab.state / "group_vars" / "all" / "registry.yml").read_text())
    address = f"{held['registry_host']}:{held['registry_port']}"
    image = f"{address}/shop:2"
    lab.on(3, f"docker pull -q {image}")
    lab.run("service", "update", "--image", image, "--resolve-image", "shop_web")
    (row,) = listed(lab, "service", "ls", "-f", "name=shop_web")
    assert (row["image"], row["running"]) == (image, 2)
    files = Path(held["registry_tls_files"])
    trust = ssl.create_default_context(cafile=str(files / "ca.pem"))
    with pytest.raises(OSError):
        urllib.request.urlopen(f"https://{address}/v2/_catalog", context=trust, timeout=30)
    trust.load_cert_chain(files / "client.pem", files / "client-key.pem")
    with urllib.request.urlopen(f"https://{address}/v2/_catalog", context=trust) as answer:
        assert json.load(answer) == {"repositories": ["shop"]}


PLAY = """
- hosts: {node}
  gather_facts: false
  tasks:
    - docker_swarm_service:
        name: solo
        image: "shop:{version}"
        args: [-h, /]
        mounts: [{{type: volume, target: /data}}]
        endpoint_mode: dnsrr
        stop_grace_period: 1s
        update_config: {{monitor: 2s, failure_action: rollback}}
        detach: false
        wait_timeout: 120
"""


def test_the_module_for_services_waits_too(lab: CommandLine, page: Path) -> None:
    file = page / "solo.yml"
    file.write_text(PLAY.format(node=lab.node(1), version="1"))
    lab.run("play", str(file))
    (row,) = listed(lab, "service", "ls", "-f", "name=solo")
    assert row["running"] == 1
    assert "changed=0" in lab.run("play", str(file)).stdout
    file.write_text(PLAY.format(node=lab.node(1), version="none"))
    failed = lab.run("play", str(file), expect=2)
    assert "rollback_completed" in failed.stdout
    assert "No such image: shop:none" in failed.stdout
    lab.run("service", "rm", "solo")


def test_a_stack_is_removed_whole(lab: CommandLine) -> None:
    lab.run("deploy", "rm", "--yes", "shop")
    assert "nothing is there" in lab.run("deploy", "rm", "--yes", "shop").stdout
    assert listed(lab, "deploy", "ls") == []
    assert "shop" not in lab.on(1, "docker secret ls; docker config ls; docker network ls")


def test_the_web_example_answers_and_keeps_its_secret(lab: CommandLine) -> None:
    lab.run("deploy", "example", "web")
    address = addresses(lab)[0]
    assert get(address, "/", 8080) == (200, "hello")
    assert get(address, "/private/", 8080)[0] == 401
    password = (lab.state / "examples" / "web.password").read_text().strip()
    token = base64.b64encode(f"admin:{password}".encode()).decode()
    status, text = get(address, "/private/", 8080, {"Authorization": f"Basic {token}"})
    assert (status, "account" in text) == (200, True)


def test_traefik_finds_it_in_the_catalog_and_no_request_fails_while_it_is_updated(
    lab: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.run("deploy", "example", "traefik", timeout=900)
    everywhere = addresses(lab)

    def tasks_seen(address: str) -> set[str]:
        answers = [get(address, "/cgi-bin/who") for _ in range(9)]
        return {text for status, text in answers if status == 200}

    for address in everywhere:
        assert eventually(lambda address=address: len(tasks_seen(address)) == 3)  # type: ignore[misc]
    monkeypatch.setenv("WEB_PAGE", "two")
    with Hammer(everywhere) as hammer:
        lab.run("deploy", "example", "web")
        before = hammer.answers["two"]
        assert eventually(lambda: hammer.answers["two"] > before + 50)
    assert hammer.failures == []
    assert hammer.answers["hello"] > 0
    assert [get(address, "/")[1] for address in everywhere] == ["two"] * 3
