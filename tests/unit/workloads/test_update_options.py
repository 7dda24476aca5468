"""Every option of `provision service update`, on a Spec as the Engine has it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from provision.agent.task import ModuleFailed
from provision.cluster.workloads.update_options import OPTIONS, Edit
from provision.errors import UsageError


class Swarm:
    """Answers the look-ups."""

    def get(self, path: str, query: Any = None) -> Any:
        assert path == "/networks"
        return [
            {"Id": "n1", "Name": "front", "Scope": "swarm"},
            {"Id": "n2", "Name": "back", "Scope": "swarm"},
        ]

    def find(self, path: str, query: Any = None) -> Any:
        return {"ID": "s9"} if path in ("/secrets/new", "/configs/new") else None


SPEC: dict[str, Any] = {
    "Name": "web",
    "Labels": {"a": "1", "b": "2"},
    "Mode": {"Replicated": {"Replicas": 2}},
    "TaskTemplate": {
        "ContainerSpec": {
            "Image": "web:1",
            "Env": ["A=1", "B=2"],
            "Secrets": [
                {
                    "SecretID": "s1",
                    "SecretName": "old",
                    "File": {"Name": "old", "UID": "0", "GID": "0", "Mode": 292},
                }
            ],
            "Mounts": [{"Type": "bind", "Source": "/a", "Target": "/b"}],
            "Hosts": ["10.0.0.1 db"],
            "Ulimits": [{"Name": "nofile", "Soft": 10, "Hard": 20}],
        },
        "Placement": {"Constraints": ["node.role==worker"]},
        "Networks": [{"Target": "n1", "Aliases": ["web"]}],
    },
    "EndpointSpec": {
        "Ports": [
            {"Protocol": "tcp", "TargetPort": 80, "PublishedPort": 8080, "PublishMode": "host"}
        ]
    },
}


def option(name: str) -> Any:
    return next(each for each in OPTIONS if each.name == name)


def edited(name: str, value: Any) -> dict[str, Any]:
    spec = copy.deepcopy(SPEC)
    Edit(option(name), value).apply(spec, Swarm())  # type: ignore[arg-type]
    return spec


def at(spec: Any, path: str) -> Any:
    for step in path.split("/"):
        spec = spec[int(step)] if isinstance(spec, list) else spec[step]
    return spec


BOX = "TaskTemplate/ContainerSpec"


@pytest.mark.parametrize(
    ("name", "value", "path", "wanted"),
    [
        ("image", "web:2", f"{BOX}/Image", "web:2"),
        ("args", "-h '/a b'", f"{BOX}/Args", ["-h", "/a b"]),
        ("replicas", 5, "Mode", {"Replicated": {"Replicas": 5}}),
        ("env-add", ("B=3", "C=x=y"), f"{BOX}/Env", ["A=1", "B=3", "C=x=y"]),
        ("env-rm", ("A",), f"{BOX}/Env", ["B=2"]),
        ("label-add", ("c=3", "b=9"), "Labels", {"a": "1", "b": "9", "c": "3"}),
        ("label-rm", ("a",), "Labels", {"b": "2"}),
        ("publish-rm", ("80",), "EndpointSpec/Ports", []),
        ("publish-add", ("published=9090,target=80,mode=host",), "EndpointSpec/Ports/0", {
            "Protocol": "tcp", "TargetPort": 80, "PublishMode": "host", "PublishedPort": 9090}),
        ("publish-add", ("53:53/udp",), "EndpointSpec/Ports/1/Protocol", "udp"),
        ("mount-add", ("type=tmpfs,target=/t,tmpfs-size=1M",),
         f"{BOX}/Mounts/1/TmpfsOptions", {"SizeBytes": 1 << 20}),
        ("mount-add", ("type=volume,src=v,dst=/b,ro",), f"{BOX}/Mounts/0/Type", "volume"),
        ("mount-rm", ("/b",), f"{BOX}/Mounts", []),
        ("secret-add", ("source=new,target=pw,mode=0400",), f"{BOX}/Secrets/1/File", {
            "Name": "pw", "UID": "0", "GID": "0", "Mode": 0o400}),
        ("secret-rm", ("old",), f"{BOX}/Secrets", []),
        ("config-add", ("new",), f"{BOX}/Configs/0/ConfigID", "s9"),
        ("network-add", ("name=back,alias=b",), "TaskTemplate/Networks/1", {
            "Target": "n2", "Aliases": ["b"]}),
        ("network-rm", ("front",), "TaskTemplate/Networks", []),
        ("constraint-add", ("node.labels.x==y",), "TaskTemplate/Placement/Constraints", [
            "node.role==worker", "node.labels.x==y"]),
        ("constraint-rm", ("node.role==worker",), "TaskTemplate/Placement/Constraints", []),
        ("placement-pref-add", ("spread=node.labels.z",), "TaskTemplate/Placement/Preferences", [
            {"Spread": {"SpreadDescriptor": "node.labels.z"}}]),
        ("limit-memory", "64M", "TaskTemplate/Resources/Limits/MemoryBytes", 64 << 20),
        ("limit-cpu", "0.5", "TaskTemplate/Resources/Limits/NanoCPUs", 5 * 10**8),
        ("update-delay", "1m30s", "UpdateConfig/Delay", 90 * 10**9),
        ("update-order", "start-first", "UpdateConfig/Order", "start-first"),
        ("rollback-parallelism", "0", "RollbackConfig/Parallelism", 0),
        ("restart-condition", "none", "TaskTemplate/RestartPolicy/Condition", "none"),
        ("health-cmd", "true", f"{BOX}/Healthcheck/Test", ["CMD-SHELL", "true"]),
        ("no-healthcheck", True, f"{BOX}/Healthcheck/Test", ["NONE"]),
        ("host-add", ("cache:10.0.0.2",), f"{BOX}/Hosts", ["10.0.0.1 db", "10.0.0.2 cache"]),
        ("host-rm", ("db",), f"{BOX}/Hosts", []),
        ("ulimit-add", ("nofile=30",), f"{BOX}/Ulimits", [
            {"Name": "nofile", "Soft": 30, "Hard": 30}]),
        ("cap-add", ("net_admin",), f"{BOX}/CapabilityAdd", ["CAP_NET_ADMIN"]),
        ("sysctl-add", ("net.a=1",), f"{BOX}/Sysctls", {"net.a": "1"}),
        ("read-only", True, f"{BOX}/ReadOnly", True),
        ("log-opt", ("max-size=1m",), "TaskTemplate/LogDriver/Options", {"max-size": "1m"}),
    ],
)  # fmt: skip
def test_an_option_changes_its_setting_and_nothing_else(
    name: str, value: Any, path: str, wanted: Any
) -> None:
    spec = edited(name, value)
    assert at(spec, path) == wanted
    top = path.split("/", maxsplit=1)[0]
    assert {key: part for key, part in spec.items() if key != top} == {
        key: part for key, part in SPEC.items() if key != top
    }


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("env-rm", ("X",), "the service has none"),
        ("publish-rm", ("8080",), "the service has none"),
        ("publish-add", ("a:b",), "is no port"),
        ("publish-add", ("published=1",), "has no target"),
        ("mount-add", ("typ=bind,target=/x",), "has no 'typ'"),
        ("mount-add", ("type=bind,target=/x",), "needs a source"),
        ("secret-add", ("missing",), "there is no secret missing"),
        ("network-add", ("none",), "there is no network none"),
        ("update-order", "both", "is none of"),
        ("update-parallelism", "x", "is not a whole number"),
        ("limit-memory", "lots", "is not a size"),
        ("host-add", ("x",), "write HOST:ADDRESS"),
        ("env-add", ("SURELY_NOT_SET",), "is not set here"),
    ],
)
def test_what_makes_no_sense_is_refused(name: str, value: Any, said: str) -> None:
    with pytest.raises((UsageError, ModuleFailed), match=said):
        edited(name, value)


def test_a_global_service_has_no_replicas() -> None:
    spec = {**copy.deepcopy(SPEC), "Mode": {"Global": {}}}
    with pytest.raises(UsageError, match="is global"):
        Edit(option("replicas"), 2).apply(spec, Swarm())  # type: ignore[arg-type]
