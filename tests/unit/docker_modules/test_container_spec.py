from __future__ import annotations

import pytest

from provision.agent.docker.container_spec import body, differences, ports
from provision.agent.modules import docker_container
from provision.agent.task import ModuleFailed


def arguments(**args):
    return docker_container.SPEC.validate({"name": "c", "image": "i", **args}, on_node=True)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("80", {"80/tcp": [{"HostIp": "", "HostPort": ""}]}),
        ("8080:80", {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}),
        ("53:53/udp", {"53/udp": [{"HostIp": "", "HostPort": "53"}]}),
        ("127.0.0.1:1:2", {"2/tcp": [{"HostIp": "127.0.0.1", "HostPort": "1"}]}),
        ("127.0.0.1::2", {"2/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]}),
        ("[::1]:1:2", {"2/tcp": [{"HostIp": "::1", "HostPort": "1"}]}),
        (
            "10-11:20-21",
            {
                "20/tcp": [{"HostIp": "", "HostPort": "10"}],
                "21/tcp": [{"HostIp": "", "HostPort": "11"}],
            },
        ),
    ],
)
def test_ports(entry, expected):
    assert ports([entry]) == expected


@pytest.mark.parametrize("entry", ["", "http", "80/icmp", "1:2:3:4", "10-12:20-21"])
def test_what_is_no_port(entry):
    with pytest.raises(ModuleFailed, match="published_ports"):
        ports([entry])


def inspected(**args):
    """What an Engine tells of a container made with these arguments, as far as compared."""
    made = body(arguments(**args))
    host = made.pop("HostConfig")
    made["Env"] = [*made.get("Env", []), "PATH=/bin"]
    return {"Config": made, "HostConfig": host}


ALL = {
    "command": "sleep 1",
    "env": {"B": 1, "A": True},
    "labels": {"x": "y"},
    "ports": ["0.0.0.0:1:2"],
    "volumes": ["b:/b", "a:/a:ro", "/anonymous"],
    "memory": "1M",
    "cpus": 0.25,
    "capabilities": ["net_admin"],
    "restart_policy": "always",
    "healthcheck": {"test": ["CMD", "true"], "retries": 2},
}


def test_what_was_made_is_what_was_asked_for():
    assert differences(inspected(**ALL), arguments(**ALL), {}) == {}
    assert differences(inspected(**ALL), arguments(), {}) == {}
    assert differences(inspected(), arguments(privileged=False, restart_policy="no"), {}) == {}


@pytest.mark.parametrize(
    ("asked", "changed"),
    [
        ({"command": ["sleep", "2"]}, "command"),
        ({"env": {"A": "no"}}, "env"),
        ({"labels": {"x": "z"}}, "labels"),
        ({"ports": [], "comparisons": {"ports": "strict"}}, "published_ports"),
        ({"volumes": ["a:/a"]}, "volumes"),
        ({"memory": "2M"}, "memory"),
        ({"restart_policy": "no"}, "restart_policy"),
        ({"healthcheck": {"retries": 3}}, "healthcheck"),
        ({"privileged": True}, "privileged"),
    ],
)
def test_each_difference_is_seen(asked, changed):
    assert list(differences(inspected(**ALL), arguments(**asked), {})) == [changed]


def test_anonymous_volumes_are_volumes_not_binds():
    made = body(arguments(volumes=["/anonymous", "a:/a"]))
    assert made["Volumes"] == {"/anonymous": {}}
    assert made["HostConfig"]["Binds"] == ["a:/a"]
