"""What each key of a service becomes in the Engine's Spec."""

from __future__ import annotations

import base64

import pytest

from .support import box, load, service, web

STACK = {"com.docker.stack.namespace": "st"}


def test_the_least_service():
    stack = load("services: {web: {image: nginx}}")
    (spec,) = stack.services
    assert spec["Name"] == "st_web"
    assert spec["Labels"] == {**STACK, "com.docker.stack.image": "nginx"}
    assert spec["Mode"] == {"Replicated": {"Replicas": 1}}
    assert spec["TaskTemplate"]["ContainerSpec"] == {"Image": "nginx", "Labels": STACK}
    assert spec["TaskTemplate"]["Networks"] == [{"Target": "st_default", "Aliases": ["web"]}]
    (network,) = stack.networks
    assert network["name"] == "st_default"
    assert network["body"]["Driver"] == "overlay"
    assert stack.warnings == []


@pytest.mark.parametrize(
    ("body", "key", "expected"),
    [
        ("command: sleep '1 2'", "Args", ["sleep", "1 2"]),
        ("command: [sleep, 1]", "Args", ["sleep", "1"]),
        ("entrypoint: /e -x", "Command", ["/e", "-x"]),
        ("environment: {B: 1, A: true}", "Env", ["A=true", "B=1"]),
        ("environment: [B=1=2, A=]", "Env", ["A=", "B=1=2"]),
        ("environment: [HERE, MISSING]", "Env", ["HERE=yes"]),
        ("environment: {HERE: , MISSING: }", "Env", ["HERE=yes"]),
        ("labels: [a=b]", "Labels", {"a": "b", **STACK}),
        ("user: 1000", "User", "1000"),
        ("working_dir: /w", "Dir", "/w"),
        ("hostname: h", "Hostname", "h"),
        ("stop_grace_period: 1m30s", "StopGracePeriod", 90 * 10**9),
        ("stop_signal: SIGINT", "StopSignal", "SIGINT"),
        ("init: 'yes'", "Init", True),
        ("read_only: false", "ReadOnly", False),
        ("tty: true", "TTY", True),
        ("stdin_open: true", "OpenStdin", True),
        ("sysctls: [net.core.somaxconn=1]", "Sysctls", {"net.core.somaxconn": "1"}),
        ("cap_add: [net_admin, ALL]", "CapabilityAdd", ["ALL", "CAP_NET_ADMIN"]),
        ("cap_drop: [CAP_CHOWN]", "CapabilityDrop", ["CAP_CHOWN"]),
        ("extra_hosts: ['db:10.0.0.1', 'six=::1']", "Hosts", ["10.0.0.1 db", "::1 six"]),
        ("extra_hosts: {db: 10.0.0.1}", "Hosts", ["10.0.0.1 db"]),
        ("dns: 9.9.9.9", "DNSConfig", {"Nameservers": ["9.9.9.9"]}),
        ("dns_search: [a.b]", "DNSConfig", {"Search": ["a.b"]}),
        (
            "ulimits: {nproc: 5, nofile: {soft: 1, hard: 2}}",
            "Ulimits",
            [{"Name": "nofile", "Soft": 1, "Hard": 2}, {"Name": "nproc", "Soft": 5, "Hard": 5}],
        ),
        ("healthcheck: {test: curl x}", "Healthcheck", {"Test": ["CMD-SHELL", "curl x"]}),
        ("healthcheck: {test: [CMD, a]}", "Healthcheck", {"Test": ["CMD", "a"]}),
        ("healthcheck: {disable: true}", "Healthcheck", {"Test": ["NONE"]}),
        (
            "healthcheck: {interval: 1s, timeout: 2s, retries: 3, start_period: 4s}",
            "Healthcheck",
            {"Interval": 10**9, "Timeout": 2 * 10**9, "StartPeriod": 4 * 10**9, "Retries": 3},
        ),
        (
            "volumes: ['/a:/b:ro,rshared']",
            "Mounts",
            [
                {
                    "Type": "bind",
                    "Target": "/b",
                    "ReadOnly": True,
                    "Source": "/a",
                    "BindOptions": {"Propagation": "rshared"},
                }
            ],
        ),
        (
            "volumes: [./c:/c, /anonymous]",
            "Mounts",
            [
                {"Type": "volume", "Target": "/anonymous"},
                {"Type": "bind", "Target": "/c", "Source": "/srv/app/c"},
            ],
        ),
        (
            "volumes: [{type: tmpfs, target: /t, tmpfs: {size: 1M, mode: 0700}}]",
            "Mounts",
            [
                {
                    "Type": "tmpfs",
                    "Target": "/t",
                    "TmpfsOptions": {"SizeBytes": 2**20, "Mode": 0o700},
                }
            ],
        ),
    ],
)
def test_containers(body, key, expected):
    assert box(body, variables={"HERE": "yes"})[key] == expected


@pytest.mark.parametrize(
    ("deploy", "path", "expected"),
    [
        ("replicas: '3'", "Mode", {"Replicated": {"Replicas": 3}}),
        ("mode: global", "Mode", {"Global": {}}),
        ("mode: global-job", "Mode", {"GlobalJob": {}}),
        (
            "mode: replicated-job, replicas: 2",
            "Mode",
            {"ReplicatedJob": {"MaxConcurrent": 2, "TotalCompletions": 2}},
        ),
        ("endpoint_mode: dnsrr", "EndpointSpec", {"Mode": "dnsrr"}),
        (
            "update_config: {delay: 1s, failure_action: rollback, order: start-first}",
            "UpdateConfig",
            {
                "Parallelism": 1,
                "Delay": 10**9,
                "FailureAction": "rollback",
                "Order": "start-first",
            },
        ),
        (
            "rollback_config: {parallelism: 0, max_failure_ratio: 0.5, monitor: 1m}",
            "RollbackConfig",
            {"Parallelism": 0, "MaxFailureRatio": 0.5, "Monitor": 60 * 10**9},
        ),
        (
            "restart_policy: {condition: on-failure, max_attempts: 0, window: 2s}",
            "TaskTemplate.RestartPolicy",
            {"Condition": "on-failure", "MaxAttempts": 0, "Window": 2 * 10**9},
        ),
        (
            "placement: {constraints: [a], preferences: [{spread: z}], max_replicas_per_node: 1}",
            "TaskTemplate.Placement",
            {
                "Constraints": ["a"],
                "Preferences": [{"Spread": {"SpreadDescriptor": "z"}}],
                "MaxReplicas": 1,
            },
        ),
        (
            "resources: {limits: {cpus: '0.5', memory: 1G, pids: 9}, reservations: {cpus: 1}}",
            "TaskTemplate.Resources",
            {
                "Limits": {"NanoCPUs": 5 * 10**8, "MemoryBytes": 2**30, "Pids": 9},
                "Reservations": {"NanoCPUs": 10**9},
            },
        ),
    ],
)
def test_deploy(deploy, path, expected):
    found = web(f"deploy: {{{deploy}}}")
    for step in path.split("."):
        found = found[step]
    assert found == expected


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("80", [(None, 80, "tcp", "ingress")]),
        ("'8080:80/udp'", [(8080, 80, "udp", "ingress")]),
        ("'10-11:20-21'", [(10, 20, "tcp", "ingress"), (11, 21, "tcp", "ingress")]),
        ("{target: 80, published: '8080', mode: host}", [(8080, 80, "tcp", "host")]),
    ],
)
def test_ports(entry, expected):
    ports = web(f"ports: [{entry}]")["EndpointSpec"]["Ports"]
    keys = ("PublishedPort", "TargetPort", "Protocol", "PublishMode")
    assert [tuple(port.get(key) for key in keys) for port in ports] == expected


def test_networks_volumes_and_what_exists_already():
    text = """
services:
  web: {image: i, networks: {front: {aliases: [w]}, old: }, volumes: ["data:/d", "mine:/m"]}
networks:
  front: {driver_opts: {encrypted: ""}, attachable: true, ipam: {config: [{subnet: 10.1.0.0/24}]}}
  old: {external: true, name: legacy}
  unused: {}
volumes:
  data: {driver: local, driver_opts: {type: none}, labels: {a: b}}
  mine: {external: {name: theirs}}
"""
    stack = load(text)
    assert [each["name"] for each in stack.networks] == ["st_front", "legacy"]
    front, old = stack.networks
    assert "body" not in old
    assert front["body"]["Options"] == {"encrypted": ""}
    assert front["body"]["Attachable"] is True
    assert front["body"]["IPAM"]["Config"] == [{"Subnet": "10.1.0.0/24"}]
    task = stack.services[0]["TaskTemplate"]
    assert task["Networks"] == [
        {"Target": "legacy", "Aliases": ["web"]},
        {"Target": "st_front", "Aliases": ["w", "web"]},
    ]
    data, mine = task["ContainerSpec"]["Mounts"]
    assert data["Source"] == "st_data"
    assert data["VolumeOptions"]["DriverConfig"] == {"Name": "local", "Options": {"type": "none"}}
    assert data["VolumeOptions"]["Labels"] == {"a": "b", **STACK}
    assert mine == {"Type": "volume", "Target": "/m", "Source": "theirs"}


STORED = """
services: {web: {image: i, secrets: [pw], configs: [{source: conf, target: /etc/c, mode: 0440}]}}
secrets: {pw: {file: ./pw.txt}}
configs: {conf: {content: "a $${b}"}}
"""


def test_secrets_and_configs_are_named_after_their_content():
    first = load(STORED, files={"/srv/app/pw.txt": b"one"})
    again = load(STORED, files={"/srv/app/pw.txt": b"one"})
    other = load(STORED, files={"/srv/app/pw.txt": b"two"})
    assert first.data() == again.data()
    assert first.configs == other.configs
    (secret,), (changed,) = first.secrets, other.secrets
    assert base64.b64decode(secret["body"]["Data"]) == b"one"
    assert secret["name"].startswith("st_pw-")
    assert secret["name"] != changed["name"]
    container = first.services[0]["TaskTemplate"]["ContainerSpec"]
    assert container["Secrets"] == [
        {
            "SecretName": secret["name"],
            "File": {"Name": "pw", "UID": "0", "GID": "0", "Mode": 0o444},
        }
    ]
    assert container["Configs"][0]["File"]["Mode"] == 0o440
    assert container["Configs"][0]["File"]["Name"] == "/etc/c"
    assert base64.b64decode(first.configs[0]["body"]["Data"]) == b"a ${b}"
    assert "one" not in repr(first)


def test_long_names_of_secrets_still_fit():
    key = "k" * 80
    stack = load(f"services: {{a: {{image: i}}}}\nsecrets: {{{key}: {{content: x}}}}")
    assert len(stack.secrets[0]["name"]) == 64


def test_secrets_by_name_from_the_environment_and_from_outside():
    text = """
services: {web: {image: i, secrets: [fixed, variable, old]}}
secrets: {fixed: {content: x, name: exactly}, variable: {environment: PW}, old: {external: true}}
"""
    stack = load(text, variables={"PW": "pw"})
    fixed, variable, old = stack.secrets
    assert fixed["name"] == "exactly"
    assert base64.b64decode(variable["body"]["Data"]) == b"pw"
    assert old == {"name": "old"}


def test_env_files_lie_below_the_environment():
    files = {"/srv/app/a.env": b"# c\n\nA=1\nB=2\nHERE\n", "/abs.env": b"B=3\nC=x=y\n"}
    spec = box(
        "env_file: [a.env, /abs.env], environment: {A: over}",
        files=files,
        variables={"HERE": "yes"},
    )
    assert spec["Env"] == ["A=over", "B=3", "C=x=y", "HERE=yes"]


def test_a_later_file_lies_over_an_earlier_one():
    base = """
services:
  web:
    image: a
    command: [one, two]
    environment: [A=1, B=1]
    ports: ["80:80", "81:81"]
    volumes: [./d:/d]
    deploy: {replicas: 1, placement: {constraints: [x]}}
  db: {image: d}
"""
    over = """
services:
  web:
    image: b
    command: [three]
    environment: {B: 2}
    ports: ["82:82", "80:80"]
    volumes: [/other:/d]
    deploy: {replicas: 2, placement: {constraints: [y]}}
"""
    web_spec, db = load(base, over).services
    container = web_spec["TaskTemplate"]["ContainerSpec"]
    assert container["Image"] == "b"
    assert container["Args"] == ["three"]
    assert container["Env"] == ["A=1", "B=2"]
    assert [mount["Source"] for mount in container["Mounts"]] == ["/other"]
    ports = [each["PublishedPort"] for each in web_spec["EndpointSpec"]["Ports"]]
    assert ports == [80, 81, 82]
    assert web_spec["Mode"] == {"Replicated": {"Replicas": 2}}
    assert web_spec["TaskTemplate"]["Placement"]["Constraints"] == ["x", "y"]
    assert db["Name"] == "st_db"


def test_anchors_extensions_and_versions():
    text = """
version: "3.9"
x-common: &common {image: "i:${TAG:-1}", x-note: 1}
services: {web: {<<: *common, deploy: {replicas: "${N}"}}}
"""
    spec = service(text, variables={"N": "4"})
    assert spec["TaskTemplate"]["ContainerSpec"]["Image"] == "i:1"
    assert spec["Mode"] == {"Replicated": {"Replicas": 4}}


def test_what_a_swarm_cannot_do_is_said_with_its_place():
    stack = load(
        "services:\n  web:\n    image: i\n    restart: always\n    depends_on: [db]\n"
        "  db: {image: i, privileged: true}\n"
    )
    assert [each.split(": ")[0] for each in stack.warnings] == [
        "c1.yml:4:14",
        "c1.yml:5:17",
        "c1.yml:6:18",
    ]
    assert "deploy.restart_policy" in stack.warnings[0]
