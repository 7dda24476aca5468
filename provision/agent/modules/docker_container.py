"""Containers."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.docker.container import Container
from provision.agent.engine_api import Engine
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="docker_container",
    collection=COLLECTION,
    summary="Make, change, start, stop or remove a container.",
    params=(
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
        Param("command", "A list, or a line.", type="raw"),
        Param("entrypoint", "Instead of the image's.", type="list", elements="str"),
        Param("env", "Environment; the image's stays.", type="dict"),
        Param("labels", "Labels; the image's stay.", type="dict"),
        Param(
            "published_ports",
            "[address:][host port:]port[/protocol], ranges allowed; all of them.",
            type="list",
            elements="str",
            aliases=("ports",),
        ),
        Param(
            "volumes",
            "source:target[:options], or a bare target for an anonymous volume.",
            type="list",
            elements="str",
        ),
        Param(
            "networks",
            "Networks to be connected to; others stay.",
            type="list",
            options=(
                Param("name", "The network.", required=True),
                Param("aliases", "Names there.", type="list", elements="str"),
                Param("ipv4_address", "Address there."),
                Param("ipv6_address", "IPv6 address there."),
            ),
        ),
        Param("network_mode", "bridge, host, none or a network; else the first of networks."),
        Param(
            "restart_policy",
            "When it is started again.",
            choices=("no", "on-failure", "always", "unless-stopped"),
        ),
        Param("restart_retries", "For on-failure.", type="int"),
        Param(
            "healthcheck",
            "How to tell that it is healthy.",
            type="dict",
            options=(
                Param("test", "Shell line, or a list beginning CMD or CMD-SHELL.", type="raw"),
                Param("interval", "Such as 10s."),
                Param("timeout", "Such as 3s."),
                Param("start_period", "Such as 30s."),
                Param("retries", "Failures before unhealthy.", type="int"),
            ),
        ),
        Param("user", "User, and group after a colon."),
        Param("working_dir", "In the container."),
        Param("hostname", "Its host name."),
        Param("tty", "Give it a terminal.", type="bool"),
        Param("interactive", "Keep its input open.", type="bool"),
        Param("init", "Run an init as process 1.", type="bool"),
        Param("privileged", "All capabilities and devices.", type="bool"),
        Param("capabilities", "Capabilities to add.", type="list", elements="str"),
        Param("cap_drop", "Capabilities to drop.", type="list", elements="str"),
        Param("security_opts", "Security options.", type="list", elements="str"),
        Param("etc_hosts", "Host name -> address.", type="dict"),
        Param("dns_servers", "Name servers.", type="list", elements="str"),
        Param("dns_search_domains", "Search domains.", type="list", elements="str"),
        Param("memory", "Limit, such as 512M."),
        Param("cpus", "Limit.", type="float"),
        Param("pid_mode", "Whose processes it sees."),
        Param("ipc_mode", "Whose shared memory it sees."),
        Param("read_only", "The root file system cannot be written.", type="bool"),
        Param("auto_remove", "Remove it when it ends.", type="bool"),
        Param("sysctls", "Kernel settings of its namespaces.", type="dict"),
        Param("log_driver", "Where its output goes."),
        Param("log_options", "The log driver's options.", type="dict", aliases=("log_opt",)),
        Param("stop_signal", "The signal that ends it."),
        Param("stop_timeout", "Seconds before it is killed.", type="int"),
        Param("recreate", "Make it again though nothing differs.", type="bool", default=False),
        Param("restart", "Restart it if it was running.", type="bool", default=False),
        Param(
            "detach",
            "false: wait for its end; a status other than 0 is a failure.",
            type="bool",
            default=True,
        ),
        Param("cleanup", "Remove it after detach=false.", type="bool", default=False),
        Param("keep_volumes", "absent: keep its anonymous volumes.", type="bool", default=True),
        Param("force_kill", "Kill instead of stop.", type="bool", default=False),
        Param("healthy_wait_timeout", "Seconds to wait for healthy.", type="float", default=300.0),
        *CONNECTION,
    ),
    diff=True,
    returns=(
        ("container", "The container as the Engine tells it; with detach=false also Output."),
        ("status", "With detach=false: its exit status."),
        ("actions", "What was done, sentences."),
    ),
    source="https://docs.docker.com/reference/api/engine/ (Container)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    return Container(task, engine).converge()


run = with_engine(_run)
