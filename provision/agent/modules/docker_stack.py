"""Stacks: the node's half. The controller's reads the compose files (provision.compose)."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.docker.stack import StackChange
from provision.agent.engine_api import Engine
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SHARED = (
    Param("name", "The stack's name.", required=True),
    Param("state", default="present", choices=("present", "absent")),
    Param("prune", "Remove its services that are not in the files.", type="bool", default=False),
    Param(
        "detach",
        "Do not wait. false: until all tasks run and have run for 5 s; a failed or rolled back "
        "update is a failure, with the tasks' reasons.",
        type="bool",
        default=True,
    ),
    Param(
        "wait_timeout",
        "Not in community.docker. Seconds to wait with detach=false.",
        type="float",
        default=300.0,
    ),
    Param(
        "resolve_image",
        "Pin the digest that the registry has: always, or when the image's name changed. Without "
        "it, as with never, nodes pull what the name means to them.",
        choices=("always", "changed", "never"),
    ),
    Param(
        "with_registry_auth",
        "Give the nodes the login that docker_login keeps.",
        type="bool",
        default=False,
    ),
    Param(
        "absent_retries",
        "absent: how often to look whether all is gone, and fail if not.",
        type="int",
        default=0,
    ),
    Param("absent_retries_interval", "Seconds between two looks.", type="int", default=1),
)
RETURNS = (
    ("actions", "What was done, sentences."),
    ("stack_spec_diff", "Service -> setting -> [before, after], where changed."),
)

SPEC = Spec(
    name="docker_stack",
    collection=COLLECTION,
    summary="Deploy a stack that has been read.",
    params=(
        *SHARED,
        Param("services", "Service Specs with names for IDs.", type="list", elements="raw"),
        Param("networks", "{name, body}.", type="list", elements="raw"),
        Param("secrets", "{name, body}.", type="list", elements="raw", secret=True),
        Param("configs", "{name, body}.", type="list", elements="raw"),
        *CONNECTION,
    ),
    diff=True,
    returns=RETURNS,
    source="https://docs.docker.com/reference/api/engine/ (Service)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    change = StackChange(task, engine)
    return change.present() if task.args["state"] == "present" else change.absent()


run = with_engine(_run)
