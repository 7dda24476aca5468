"""The parameters of docker_swarm_service."""

from __future__ import annotations

from typing import Tuple

from provision.agent.docker.connection import CONNECTION
from provision.agent.spec import Param

DURATION = "Written as 1m30s, 500ms; a bare number is nanoseconds."
SIZE = "Written as 512M, 2G (powers of 1024); a bare number is bytes."


def _rollout(name: str, doc: str, failure_actions: Tuple[str, ...]) -> Param:
    return Param(
        name,
        doc,
        type="dict",
        options=(
            Param("parallelism", "Tasks at once; 0 is all.", type="int"),
            Param("delay", "Between batches. " + DURATION),
            Param("failure_action", "When a task fails.", choices=failure_actions),
            Param("monitor", "How long a new task is watched. " + DURATION),
            Param("max_failure_ratio", "Failures tolerated, 0 to 1.", type="float"),
            Param("order", "Of old and new task.", choices=("stop-first", "start-first")),
        ),
    )


def _file(kind: str) -> Param:
    return Param(
        kind + "s",
        f"The {kind}s that its containers see as files, all of them.",
        type="list",
        options=(
            Param(kind + "_name", f"The {kind}'s name.", required=True),
            Param(kind + "_id", "Its ID; looked up by name when not given."),
            Param("filename", "Its name in the container; the name when not given."),
            Param("uid", "Owner; 0 when not given."),
            Param("gid", "Group; 0 when not given."),
            Param("mode", "Permissions; 0444 when not given.", type="int"),
        ),
    )


def _resources(name: str, doc: str, more: Param) -> Param:
    return Param(
        name,
        doc,
        type="dict",
        options=(Param("cpus", "CPUs; 0 is none.", type="float"), Param("memory", SIZE), more),
    )


_HEALTHCHECK = Param(
    "healthcheck",
    "How to tell that a container is healthy.",
    type="dict",
    options=(
        Param("test", "Shell line, or a list beginning CMD or CMD-SHELL; NONE.", type="raw"),
        Param("interval", DURATION),
        Param("timeout", DURATION),
        Param("start_period", DURATION),
        Param("start_interval", "Not in community.docker; needs Engine 25. " + DURATION),
        Param("retries", "Failures before unhealthy.", type="int"),
    ),
)

_MOUNTS = Param(
    "mounts",
    "All its mounts.",
    type="list",
    options=(
        Param("target", "The path in the container.", required=True),
        Param("source", "The path or volume on the node; a volume without one is the task's own."),
        Param("type", default="bind", choices=("bind", "volume", "tmpfs", "npipe")),
        Param("readonly", type="bool"),
        Param("labels", "Of the volume.", type="dict"),
        Param(
            "propagation",
            "Of a bind.",
            choices=("shared", "slave", "private", "rshared", "rslave", "rprivate"),
        ),
        Param(
            "non_recursive",
            "Not in community.docker. Of a bind: not what is mounted below it.",
            type="bool",
        ),
        Param(
            "create_mountpoint",
            "Not in community.docker. Of a bind: make the source where it is missing; needs "
            "Engine 23.",
            type="bool",
        ),
        Param("no_copy", "Do not fill a volume from the image.", type="bool"),
        Param("subpath", "Not in community.docker. A folder in the volume; needs Engine 26."),
        Param(
            "driver_config",
            "Of a volume.",
            type="dict",
            options=(Param("name", "The driver."), Param("options", type="dict")),
        ),
        Param("tmpfs_size", SIZE),
        Param("tmpfs_mode", "Permissions of a tmpfs.", type="int"),
    ),
)

_PLACEMENT = Param(
    "placement",
    "Where its tasks run.",
    type="dict",
    options=(
        Param("constraints", "Such as node.role == worker.", type="list", elements="str"),
        Param("preferences", "{spread: node.labels.zone}, in order.", type="list", elements="dict"),
        Param("replicas_max_per_node", "0 is any number.", type="int"),
    ),
)

_PUBLISH = Param(
    "publish",
    "All its published ports.",
    type="list",
    options=(
        Param("target_port", "In the container.", type="int", required=True),
        Param("published_port", "On the nodes; chosen by the Engine when not given.", type="int"),
        Param("protocol", default="tcp", choices=("tcp", "udp", "sctp")),
        Param(
            "mode",
            "ingress: on every node through the routing mesh, which needs IPVS in the kernel. "
            "host: on the nodes where tasks run.",
            choices=("ingress", "host"),
        ),
    ),
)

_RESTART = Param(
    "restart_config",
    "When a task ends.",
    type="dict",
    options=(
        Param("condition", choices=("none", "on-failure", "any")),
        Param("delay", DURATION),
        Param("max_attempts", "0 is any number.", type="int"),
        Param("window", "In which attempts count. " + DURATION),
    ),
)

PARAMS: Tuple[Param, ...] = (
    Param("name", "The service's name.", required=True),
    Param("state", default="present", choices=("present", "absent")),
    Param("image", "Its image; needed to make it."),
    Param(
        "resolve_image",
        "Pin the digest that the registry has now; needs a registry.",
        type="bool",
        default=False,
    ),
    Param("command", "Instead of the image's entrypoint: a list, or a line.", type="raw"),
    Param("args", "The command's arguments.", type="list", elements="str"),
    Param("env", "Environment, all of it: a dict, or a list of KEY=value.", type="raw"),
    Param(
        "env_files",
        "Files on the node with more of it, KEY=value a line; env and later files count.",
        type="list",
        elements="path",
    ),
    Param(
        "mode",
        "Another mode means that the service is removed and made again.",
        default="replicated",
        choices=("replicated", "global", "replicated-job", "global-job"),
    ),
    Param("replicas", "Number of tasks; -1 is 1 when made, then as it is.", type="int", default=-1),
    Param(
        "max_concurrent",
        "Not in community.docker. Of a replicated-job, how many tasks at once; all when not given.",
        type="int",
    ),
    Param(
        "networks",
        "All its networks: names, or {name, aliases, options}.",
        type="list",
        elements="raw",
    ),
    Param("endpoint_mode", "vip needs IPVS in the kernel.", choices=("vip", "dnsrr")),
    _PUBLISH,
    _MOUNTS,
    _file("secret"),
    _file("config"),
    _HEALTHCHECK,
    _PLACEMENT,
    _RESTART,
    _rollout("update_config", "How changes are rolled out.", ("continue", "pause", "rollback")),
    _rollout("rollback_config", "How they are rolled back.", ("continue", "pause")),
    _resources(
        "limits",
        "What a task may use at most.",
        Param("pids", "Not in community.docker. Processes; 0 is any number.", type="int"),
    ),
    _resources(
        "reservations",
        "What a node must have free for a task.",
        Param("generic_resources", "Not in community.docker. Kind -> number.", type="dict"),
    ),
    Param("labels", "The service's labels, all of them unless labels_state.", type="dict"),
    Param(
        "labels_state",
        "Not in community.docker. merge: other labels stay.",
        default="replace",
        choices=("replace", "merge"),
    ),
    Param(
        "labels_to_remove",
        "Not in community.docker. Labels to remove when merging.",
        type="list",
        elements="str",
    ),
    Param("container_labels", "Its containers' labels, all of them.", type="dict"),
    Param(
        "logging",
        "Where its containers' output goes.",
        type="dict",
        options=(Param("driver", "The driver's name."), Param("options", type="dict")),
    ),
    Param("user", "User, and group after a colon, in the container."),
    Param("groups", "Further groups.", type="list", elements="str"),
    Param("working_dir", "In the container."),
    Param("hostname", "Of the containers."),
    Param("hosts", "Host name -> address, for /etc/hosts.", type="dict"),
    Param("dns", "Name servers.", type="list", elements="str"),
    Param("dns_search", "Search domains.", type="list", elements="str"),
    Param("dns_options", "Resolver options.", type="list", elements="str"),
    Param("init", "Run an init as process 1.", type="bool"),
    Param("tty", "Give it a terminal.", type="bool"),
    Param("read_only", "The root file system cannot be written.", type="bool"),
    Param("stop_signal", "The signal that ends it."),
    Param("stop_grace_period", "Before it is killed. " + DURATION),
    Param("sysctls", "Kernel settings of its namespaces.", type="dict"),
    Param(
        "ulimits",
        "Not in community.docker. Limits, all of them: name:soft or name:soft:hard.",
        type="list",
        elements="str",
    ),
    Param("oom_score_adj", "Not in community.docker. -1000 to 1000; needs Engine 27.", type="int"),
    Param("cap_add", "Capabilities to add.", type="list", elements="str"),
    Param("cap_drop", "Capabilities to drop.", type="list", elements="str"),
    Param(
        "force_update", "Start its tasks anew though nothing differs.", type="bool", default=False
    ),
    Param(
        "with_registry_auth",
        "Not in community.docker. Give the nodes the login that docker_login keeps.",
        type="bool",
        default=False,
    ),
    Param(
        "detach",
        "Not in community.docker. Do not wait. false: until all tasks run and have run for 5 s; "
        "a failed or rolled back update is a failure, with the tasks' reasons.",
        type="bool",
        default=True,
    ),
    Param(
        "wait_timeout",
        "Not in community.docker. Seconds to wait with detach=false.",
        type="float",
        default=300.0,
    ),
    *CONNECTION,
)
