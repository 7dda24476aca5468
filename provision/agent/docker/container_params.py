"""The parameters of docker_container."""

from __future__ import annotations

from typing import Tuple

from provision.agent.docker.connection import CONNECTION
from provision.agent.spec import Param

SIZE = "Such as 512M; a bare number is bytes."


def _texts(name: str, doc: str, *aliases: str) -> Param:
    return Param(name, doc, type="list", elements="str", aliases=aliases)


def _rate(name: str, doc: str, kind: str) -> Param:
    return Param(
        name,
        doc,
        type="list",
        elements="dict",
        options=(
            Param("path", "The device.", required=True),
            Param("rate", SIZE if kind == "str" else "", type=kind, required=True),
        ),
    )


_HEALTHCHECK = Param(
    "healthcheck",
    "How to tell that it is healthy.",
    type="dict",
    options=(
        Param("test", "Shell line, or a list beginning CMD, CMD-SHELL or NONE.", type="raw"),
        Param("interval", "Such as 10s."),
        Param("timeout", "Such as 3s."),
        Param("start_period", "Such as 30s."),
        Param("start_interval", "Between checks in the start period; needs Engine 25."),
        Param("retries", "Failures before unhealthy.", type="int"),
        Param(
            "test_cli_compatible",
            "Without test, keep the image's; otherwise there is no check then.",
            type="bool",
            default=False,
        ),
    ),
)
_MOUNTS = Param(
    "mounts",
    "Mounts; others stay unless comparisons say strict.",
    type="list",
    elements="dict",
    options=(
        Param("target", "The path in the container.", required=True),
        Param("source", "The path or volume on the node."),
        Param(
            "type",
            default="volume",
            choices=("bind", "npipe", "tmpfs", "volume", "cluster", "image"),
        ),
        Param("read_only", "It cannot be written.", type="bool"),
        Param(
            "consistency", "For macOS.", choices=("cached", "consistent", "default", "delegated")
        ),
        Param(
            "propagation",
            "Of a bind.",
            choices=("private", "rprivate", "shared", "rshared", "slave", "rslave"),
        ),
        Param("create_mountpoint", "Of a bind: make the source; needs API 1.42.", type="bool"),
        Param("non_recursive", "Of a bind: without mounts below it.", type="bool"),
        Param("read_only_non_recursive", "Of a bind; needs API 1.44.", type="bool"),
        Param("read_only_force_recursive", "Of a bind; needs API 1.44.", type="bool"),
        Param("no_copy", "Do not fill a volume from the image.", type="bool"),
        Param("labels", "Of a volume.", type="dict"),
        Param("volume_driver", "Of a volume."),
        Param("volume_options", "The driver's options.", type="dict"),
        Param("subpath", "A folder of the volume or image; needs API 1.45."),
        Param("tmpfs_size", SIZE),
        Param("tmpfs_mode", "Permissions of a tmpfs, octal."),
        Param(
            "tmpfs_options",
            "Further options of a tmpfs, one key a dict; needs API 1.46.",
            type="list",
            elements="dict",
        ),
    ),
)
_NETWORKS = Param(
    "networks",
    "Networks to be connected to; others stay unless comparisons say strict.",
    type="list",
    elements="dict",
    options=(
        Param("name", "The network.", required=True),
        _texts("aliases", "Names there."),
        _texts("links", "Containers to link to there."),
        Param("ipv4_address", "Address there."),
        Param("ipv6_address", "IPv6 address there."),
        Param("mac_address", "MAC address there; needs API 1.44."),
    ),
)
_DEVICE_REQUESTS = Param(
    "device_requests",
    "Devices such as GPUs, from their drivers.",
    type="list",
    elements="dict",
    options=(
        Param("driver", "The driver."),
        Param("count", "How many; -1 is all.", type="int"),
        _texts("device_ids", "Which ones."),
        Param("capabilities", "Lists of what they must have.", type="list", elements="list"),
        Param("options", "The driver's options.", type="dict"),
    ),
)

_WHAT = (
    Param("name", "The container's name.", required=True),
    Param(
        "state",
        "present: made, running or not. healthy: started, and its health check says so.",
        default="started",
        choices=("started", "present", "stopped", "healthy", "absent"),
    ),
    Param("image", "Its image; needed to make it."),
    Param(
        "pull",
        "When to pull the image; true is always, false is missing.",
        type="raw",
        default="missing",
        choices=("missing", "never", "always", True, False),
    ),
    Param(
        "pull_check_mode_behavior",
        "What check mode expects of pull=always: a change if there is no image, or always.",
        default="image_not_present",
        choices=("image_not_present", "always"),
    ),
    Param("platform", "Such as linux/amd64: of the image."),
    Param(
        "image_comparison",
        "Whose variables, labels and ports are taken for the image's own.",
        default="desired-image",
        choices=("desired-image", "current-image"),
    ),
    Param(
        "image_name_mismatch",
        "When it was made of the same image by another name.",
        default="recreate",
        choices=("recreate", "ignore"),
    ),
    Param(
        "image_label_mismatch",
        "When the image has labels that labels does not name.",
        default="ignore",
        choices=("ignore", "fail"),
    ),
    Param(
        "comparisons",
        "Parameter, or * for all others -> strict, ignore or allow_more_present (of lists and "
        "dicts). Where nothing is said, values and commands are strict, other lists and dicts may "
        "hold more.",
        type="dict",
    ),
    Param("recreate", "Make it again though nothing differs.", type="bool", default=False),
    Param("restart", "Restart it if it was running.", type="bool", default=False),
    Param("paused", "Its processes are stopped, or go on.", type="bool"),
    Param(
        "detach",
        "false: wait for its end; a status other than 0 is a failure.",
        type="bool",
        default=True,
    ),
    Param("cleanup", "Remove it after detach=false.", type="bool", default=False),
    Param("output_logs", "Show the output of detach=false live.", type="bool", default=False),
    Param("keep_volumes", "absent: keep its anonymous volumes.", type="bool", default=True),
    Param(
        "force_kill",
        "Kill instead of stop.",
        type="bool",
        default=False,
        aliases=("forcekill",),
    ),
    Param("kill_signal", "The signal for force_kill."),
    Param("healthy_wait_timeout", "Seconds to wait for healthy.", type="float", default=300.0),
    Param(
        "removal_wait_timeout",
        "Seconds to wait until it is gone; as long as timeout when not given.",
        type="float",
    ),
    Param(
        "command_handling",
        "Lists are taken as they are; the other way, compatibility, is not supported.",
        default="correct",
        choices=("correct",),
    ),
    Param(
        "container_default_behavior",
        "What is not given is the Engine's default; compatibility is not supported.",
        default="no_defaults",
        choices=("no_defaults",),
    ),
    Param(
        "networks_cli_compatible",
        "The first of networks stands in place of the default one; false: beside it.",
        type="bool",
        default=True,
    ),
)
_SETTINGS = (
    Param("command", "A list, or a line.", type="raw"),
    _texts("entrypoint", "Instead of the image's."),
    Param("env", "Environment; the image's stays.", type="dict"),
    Param("env_file", "A file on the node with more of it; env counts.", type="path"),
    Param("labels", "Labels; the image's stay.", type="dict"),
    _texts("published_ports", "[address:][host port:]port[/protocol], ranges allowed.", "ports"),
    Param("publish_all_ports", "Publish all exposed ports.", type="bool"),
    _texts("exposed_ports", "port[/protocol], ranges allowed.", "exposed", "expose"),
    Param("default_host_ip", "The address of published_ports without one."),
    _texts("volumes", "source:target[:options], or a bare target for an anonymous volume."),
    _MOUNTS,
    _texts("volumes_from", "Containers whose volumes to mount."),
    Param("volume_driver", "Of its volumes."),
    _texts("tmpfs", "path[:options]."),
    _NETWORKS,
    Param("network_mode", "bridge, host, none or a network; else the first of networks."),
    Param("mac_address", "MAC address; before API 1.44."),
    _texts("links", "container[:alias]."),
    Param(
        "restart_policy",
        "When it is started again.",
        choices=("no", "on-failure", "always", "unless-stopped"),
    ),
    Param("restart_retries", "For on-failure.", type="int"),
    _HEALTHCHECK,
    Param("user", "User, and group after a colon."),
    _texts("groups", "Further groups."),
    Param("working_dir", "In the container."),
    Param("hostname", "Its host name."),
    Param("domainname", "Its domain."),
    Param("tty", "Give it a terminal.", type="bool"),
    Param("interactive", "Keep its input open.", type="bool"),
    Param("init", "Run an init as process 1.", type="bool"),
    Param("privileged", "All capabilities and devices.", type="bool"),
    _texts("capabilities", "Capabilities to add."),
    _texts("cap_drop", "Capabilities to drop."),
    _texts("security_opts", "Security options."),
    Param("etc_hosts", "Host name -> address.", type="dict"),
    _texts("dns_servers", "Name servers."),
    _texts("dns_search_domains", "Search domains."),
    _texts("dns_opts", "Resolver options."),
    Param("pid_mode", "Whose processes it sees."),
    Param("ipc_mode", "Whose shared memory it sees."),
    Param("userns_mode", "Whose user namespace it is in."),
    Param("uts", "Whose host name it has."),
    Param("cgroup_parent", "The cgroup that it is in."),
    Param("cgroupns_mode", "Whose cgroups it sees.", choices=("host", "private")),
    Param("runtime", "What runs it."),
    Param("read_only", "The root file system cannot be written.", type="bool"),
    Param("auto_remove", "Remove it when it ends.", type="bool"),
    Param("sysctls", "Kernel settings of its namespaces.", type="dict"),
    _texts("ulimits", "name:soft[:hard]."),
    Param("log_driver", "Where its output goes."),
    Param("log_options", "The log driver's options.", type="dict", aliases=("log_opt",)),
    Param("storage_opts", "The storage driver's options.", type="dict"),
    Param("stop_signal", "The signal that ends it."),
    Param("stop_timeout", "Seconds before it is killed.", type="int"),
)
_RESOURCES = (
    Param("memory", SIZE),
    Param("memory_reservation", "What it has when memory is scarce. " + SIZE),
    Param("memory_swap", "Memory and swap; unlimited or -1 is no limit. " + SIZE),
    Param("memory_swappiness", "0 to 100.", type="int"),
    Param("kernel_memory", "Before Engine 23. " + SIZE),
    Param("shm_size", "Of /dev/shm. " + SIZE),
    Param("oom_killer", "true: the kernel does not kill it when memory is scarce.", type="bool"),
    Param("oom_score_adj", "Which is killed first.", type="int"),
    Param("pids_limit", "Processes; -1 is any number.", type="int"),
    Param("cpus", "CPUs.", type="float"),
    Param("cpu_period", "Microseconds.", type="int"),
    Param("cpu_quota", "Microseconds in each period.", type="int"),
    Param("cpu_shares", "Weight.", type="int"),
    Param("cpuset_cpus", "Which CPUs, such as 0-2."),
    Param("cpuset_mems", "Which memory nodes."),
    Param("blkio_weight", "Weight, 10 to 1000.", type="int"),
    _rate("device_read_bps", "Bytes a second read from devices.", "str"),
    _rate("device_write_bps", "Bytes a second written to devices.", "str"),
    _rate("device_read_iops", "Reads a second from devices.", "int"),
    _rate("device_write_iops", "Writes a second to devices.", "int"),
    _texts("devices", "host path[:container path[:rwm]]."),
    _texts("device_cgroup_rules", "Such as c 42:* rmw."),
    _DEVICE_REQUESTS,
)

PARAMS: Tuple[Param, ...] = (*_WHAT, *_SETTINGS, *_RESOURCES, *CONNECTION)
