"""Stacks from compose files, on a swarm of two nodes."""

from __future__ import annotations

import pytest

from provision.compose import Source, load_stack
from provision.errors import DataError

from .archives import make_image
from .swarms import disband

pytestmark = pytest.mark.node

IMAGE = "provision-stack:{}"
FILE = """
version: "3.8"
services:
  web:
    image: provision-stack:${TAG:-1}
    command: sleep 10000
    environment: {A: 1}
    networks: {front: {aliases: [www]}}
    secrets: [password]
    configs: [{source: page, target: /page}]
    volumes: ["data:/data", {type: tmpfs, target: /t, tmpfs: {size: 1M}}]
    healthcheck: {test: "true", interval: 2s}
    ulimits: {nofile: 1000}
    stop_grace_period: 1s
    deploy:
      replicas: ${N:-2}
      endpoint_mode: dnsrr
      resources: {limits: {memory: 30M, pids: 50}}
      restart_policy: {delay: 500ms}
      update_config: {parallelism: 2, monitor: 1s, failure_action: rollback}
      placement: {preferences: [{spread: node.labels.zone}]}
  side: {image: "provision-stack:1", stop_grace_period: 0s}
networks: {front: {attachable: true}}
volumes: {data: {labels: {a: b}}}
secrets: {password: {environment: PASSWORD}}
configs: {page: {content: "one $$"}}
"""
NAME = "provision-shop"


@pytest.fixture(scope="module")
def manager(docker_nodes, call):
    disband(call, docker_nodes)
    first, second, _ = docker_nodes
    for node in (first, second):
        for tag in (1, 2):
            archive = f"/root/provision-stack-{tag}.tar"
            make_image(call, node, IMAGE.format(tag), archive, mark=str(tag))
            assert "failed" not in call(node, "docker_image_load", path=archive)
    made = call(first, "docker_swarm", advertise_addr=first.address)
    joined = call(
        second,
        "docker_swarm",
        state="join",
        join_token=made["swarm_facts"]["JoinTokens"]["Worker"],
        remote_addrs=[first.address],
    )
    assert "failed" not in joined, joined
    yield first
    disband(call, docker_nodes)


@pytest.fixture
def deploy(manager, call):
    """``deploy(text, **more)``: docker_stack with a compose file's text."""

    def no_file(path, at):
        raise DataError(f"no {path}", at=at)

    def deploy(text=FILE, variables=None, check=False, **more):
        given = {"PASSWORD": "sesame", **(variables or {})}
        stack = load_stack(NAME, [Source(text, "stack.yml", "/", no_file)], given)
        args = {"name": NAME, "detach": False, "wait_timeout": 180, **stack.data(), **more}
        return call(manager, "docker_stack", check=check, diff=True, **args)

    yield deploy
    call(manager, "docker_stack", name=NAME, state="absent", absent_retries=60)


def secrets_of(call, manager):
    listed = call(manager, "shell", cmd="docker secret ls --format '{{.Name}}'")
    return sorted(listed["stdout"].split())


def test_a_stack_lives(deploy, manager, call):
    assert deploy(check=True)["changed"]
    assert call(manager, "docker_stack_info")["results"] == []
    made = deploy()
    assert "failed" not in made, made
    assert "sesame" not in str(made)
    again = deploy()
    assert (again["changed"], again["actions"]) == (False, [])
    assert again["diff"] == {"before": {}, "after": {}}
    assert call(manager, "docker_stack_info")["results"][0]["Services"] == "2"
    tasks = call(manager, "docker_stack_task_info", name=NAME)["results"]
    running = [each for each in tasks if each["CurrentState"].startswith("Running")]
    assert sorted(each["Name"] for each in running) == [
        f"{NAME}_side.1",
        f"{NAME}_web.1",
        f"{NAME}_web.2",
    ]

    scaled = deploy(variables={"N": "1"}, detach=True)
    assert list(scaled["stack_spec_diff"]) == [f"{NAME}_web"]
    assert scaled["diff"]["after"][f"{NAME}_web"]["Mode.Replicated"] == {"Replicas": 1}

    # new content is a new secret; the old one stays as long as a rollback needs it
    before = secrets_of(call, manager)
    assert deploy(variables={"N": "1", "PASSWORD": "second"}, detach=True)["changed"]
    both = secrets_of(call, manager)
    assert len(both) == 2
    assert set(before) < set(both)
    assert deploy(variables={"N": "1", "PASSWORD": "third"}, detach=True)["changed"]
    after = secrets_of(call, manager)
    assert len(after) == 2
    assert not set(before) & set(after)

    side = call(manager, "docker_swarm_service_info", name=f"{NAME}_side")
    assert side["exists"]
    alone = FILE.replace("  side:", "  x-side:")
    alone = "\n".join(line for line in alone.splitlines() if "x-side" not in line)
    variables = {"N": "1", "PASSWORD": "third"}
    assert not deploy(alone, variables=variables, detach=True)["changed"]
    pruned = deploy(alone, variables=variables, prune=True, detach=True)
    assert f"Removed service {NAME}_side" in pruned["actions"]

    gone = call(manager, "docker_stack", name=NAME, state="absent", absent_retries=60)
    assert gone["changed"], gone
    assert secrets_of(call, manager) == []
    assert not call(manager, "docker_stack", name=NAME, state="absent")["changed"]
    assert not call(manager, "docker_network_info", name=f"{NAME}_front")["exists"]


def test_a_failed_update_is_told_with_its_reason(deploy):
    small = FILE.replace("replicas: ${N:-2}", "replicas: 1")
    assert "failed" not in deploy(small)
    failed = deploy(small, variables={"TAG": "none"})
    assert failed["failed"]
    assert "No such image" in failed["msg"]
    assert f"{NAME}_web" in failed["stack_spec_diff"]


def test_what_cannot_be_is_refused_before_anything_is_made(deploy, manager, call):
    external = FILE.replace("front: {attachable: true}", "front: {external: true, name: nobody}")
    refused = deploy(external)
    assert "nobody" in refused["msg"]
    assert call(manager, "docker_stack_info")["results"] == []
    assert secrets_of(call, manager) == []
    named = FILE.replace('{content: "one $$"}', '{content: "one", name: provision-fixed}')
    assert "failed" not in deploy(named)
    other = deploy(named.replace('"one"', '"two"'))
    assert "other content" in other["msg"]
    inside = deploy(FILE.replace("{attachable: true}", "{internal: true}"))
    assert "Internal" in inside["msg"]
