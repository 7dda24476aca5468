"""One service of a compose file as the Engine's service Spec.

Networks, secrets and configs are named in it, where the Engine wants IDs; provision.agent's
docker_stack looks them up.
Source: https://docs.docker.com/reference/api/engine/ (Service)
"""

from __future__ import annotations

from typing import Any

from provision.agent.docker.stack_specs import IMAGE_LABEL, STACK_LABEL
from provision.compose import deploy
from provision.compose.container import container_spec
from provision.compose.names import Names
from provision.compose.section import Section, given
from provision.compose.short_forms import LAST_PORT
from provision.errors import DataError

# What a swarm cannot do for a service, and what does it instead
LEFT_OUT = {
    "build": "images are not built here; the image must exist",
    "cgroup_parent": "a swarm has no such setting",
    "cgroupns_mode": "a swarm has no such setting",
    "container_name": "a swarm names its containers",
    "depends_on": "a swarm starts all services at once and restarts what fails",
    "devices": "a swarm has no such setting",
    "domainname": "a swarm has no such setting; hostname may hold the domain",
    "expose": "within a network every port can be reached",
    "external_links": "use a network that both are on",
    "ipc": "a swarm has no such setting",
    "links": "services find each other by name",
    "mac_address": "a swarm has no such setting",
    "network_mode": "use networks",
    "pid": "a swarm has no such setting",
    "platform": "use deploy.placement.constraints",
    "privileged": "use cap_add",
    "pull_policy": "nodes pull what they lack",
    "restart": "use deploy.restart_policy",
    "runtime": "a swarm has no such setting",
    "security_opt": "a swarm has no such setting",
    "shm_size": "mount a tmpfs at /dev/shm",
    "userns_mode": "a swarm has no such setting",
}
REFUSED = {
    "cpu_quota": "use deploy.resources.limits.cpus",
    "cpu_shares": "use deploy.resources.limits.cpus",
    "cpus": "use deploy.resources.limits.cpus",
    "cpuset": "use deploy.resources.limits.cpus",
    "credential_spec": "it is for Windows containers",
    "extends": "use a YAML anchor, or several compose files",
    "isolation": "it is for Windows containers",
    "mem_limit": "use deploy.resources.limits.memory",
    "memswap_limit": "use deploy.resources.limits.memory",
    "profiles": "deploy a file with the services wanted",
    "scale": "use deploy.replicas",
    "tmpfs": "use a volume of type tmpfs",
    "volume_driver": "declare the volume under volumes, with its driver",
    "volumes_from": "declare a volume and mount it in both",
}
_KNOWN = (
    "cap_add", "cap_drop", "command", "configs", "deploy", "dns", "dns_opt", "dns_search",
    "entrypoint", "environment", "env_file", "extra_hosts", "group_add", "healthcheck",
    "hostname", "image", "init", "labels", "logging", "networks", "oom_score_adj", "ports",
    "read_only", "secrets", "stdin_open", "stop_grace_period", "stop_signal", "sysctls", "tty",
    "ulimits", "user", "volumes", "working_dir",
)  # fmt: skip


def service_spec(section: Section, name: str, names: Names, warnings: list[str]) -> dict[str, Any]:
    """The Spec of one service.

    Parameters:
        names: what the stack's networks, volumes, secrets and configs are called in the swarm.
        warnings: gets what had to be left out.

    Raises:
        DataError: what the file says makes no service.
    """
    _check_keys(section, warnings)
    image = section.text("image")
    if not image:
        hint = "an image is not built here" if "build" in section else None
        raise DataError(f"{section.name} has no image", at=section.at, hint=hint)
    wanted = section.section("deploy")
    wanted.only(deploy.KEYS)
    stack = names.stack
    spec = {
        "Name": f"{stack}_{name}",
        "Labels": {**wanted.labels("labels"), STACK_LABEL: stack, IMAGE_LABEL: image},
        "Mode": deploy.mode(wanted),
        "UpdateConfig": deploy.rollout(wanted, "update_config"),
        "RollbackConfig": deploy.rollout(wanted, "rollback_config"),
        "EndpointSpec": given(
            Mode=wanted.choice("endpoint_mode", ("vip", "dnsrr")) or "vip",
            Ports=_ports(section) or None,
        ),
        "TaskTemplate": given(
            ContainerSpec=container_spec(section, image, names),
            Resources=deploy.resources(wanted),
            RestartPolicy=deploy.restart_policy(wanted),
            Placement=deploy.placement(wanted),
            LogDriver=_logging(section),
            Networks=_networks(section, name, names),
        ),
    }
    return given(**spec)


def _check_keys(section: Section, warnings: list[str]) -> None:
    for key in section.names():
        if key in REFUSED:
            raise DataError(
                f"{section.name}: a swarm has no '{key}'", at=section.place(key), hint=REFUSED[key]
            )
        if key in LEFT_OUT and key in section:
            warnings.append(f"{section.place(key)}: {section.name}.{key}: {LEFT_OUT[key]}")
    section.only((*_KNOWN, *LEFT_OUT))


def _ports(section: Section) -> list[dict[str, Any]]:
    out = []
    for position, entry in enumerate(section.items("ports")):
        each = Section(entry, f"{section.name}.ports[{position}]", section.place("ports"))
        each.only(("target", "published", "protocol", "mode", "name", "app_protocol"))
        target, published = each.number("target", 1), each.number("published", 0)
        if target is None:
            raise DataError(f"{each.name} has no target", at=each.at)
        for key, number in (("target", target), ("published", published or 0)):
            if number > LAST_PORT:
                raise each.wrong(key, "a port")
        out.append(
            given(
                Protocol=each.choice("protocol", ("tcp", "udp", "sctp")) or "tcp",
                TargetPort=target,
                PublishedPort=published or None,
                PublishMode=each.choice("mode", ("ingress", "host")) or "ingress",
            )
        )
    if section.section("deploy").text("endpoint_mode") == "dnsrr" and any(
        each["PublishMode"] == "ingress" for each in out
    ):
        raise DataError(
            f"{section.name}: endpoint_mode dnsrr and a port published through the routing mesh "
            "exclude each other",
            at=section.place("ports"),
            hint="write the port as {target: 80, published: 8080, mode: host}",
        )
    return sorted(
        out, key=lambda each: (each.get("PublishedPort", 0), each["TargetPort"], each["Protocol"])
    )


def _logging(section: Section) -> dict[str, Any] | None:
    if "logging" not in section:
        return None
    wanted = section.section("logging")
    wanted.only(("driver", "options"))
    return given(Name=wanted.text("driver"), Options=wanted.labels("options") or None)


def _networks(section: Section, name: str, names: Names) -> list[dict[str, Any]]:
    wanted = section.section("networks")
    out = []
    for key, each in wanted.sections() or [("default", Section(None, "default", section.at))]:
        each.only(("aliases", "driver_opts", "priority", "ipv4_address", "ipv6_address"))
        for fixed in ("ipv4_address", "ipv6_address"):
            if fixed in each:
                raise DataError(
                    f"{each.name}: a swarm chooses its tasks' addresses", at=each.place(fixed)
                )
        network = names.network(key, each.at if key in wanted.names() else section.at)
        out.append(
            given(
                Target=network,
                Aliases=sorted({*each.texts("aliases"), name}),
                DriverOpts=each.labels("driver_opts") or None,
            )
        )
    return sorted(out, key=lambda each: str(each["Target"]))
