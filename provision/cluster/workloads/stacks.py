"""Stacks from compose files that lie here, by the code of the module docker_stack."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provision.agent.docker.stack import StackChange
from provision.agent.docker.stack_specs import STACK_LABEL
from provision.agent.engine_api import Engine
from provision.agent.modules.docker_stack import SPEC
from provision.agent.task import ModuleFailed, ModuleTask
from provision.cluster.engines import refusals
from provision.cluster.workloads.change import what_now
from provision.compose import Source, load_stack
from provision.compose.stack import Stack
from provision.errors import DataError, Location, TaskFailed

STDIN = "-"
_GONE_WITHIN = 120
"""Seconds in which the tasks of a removed stack have to end."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How to deploy.

    Parameters:
        prune: remove the stack's services that are not in the files.
        detach: do not wait.
        timeout: seconds to wait.
        resolve_image: ``always``, ``changed`` or ``never``.
    """

    check: bool = False
    prune: bool = False
    detach: bool = False
    timeout: float = 300.0
    resolve_image: str = "never"
    with_registry_auth: bool = False


def read_stack(name: str, files: Sequence[str], variables: Mapping[str, str]) -> Stack:
    """Compose files of this machine; ``-`` is the standard input.

    Raises:
        DataError: one of them is wrong, with its place.
        UsageError: the name cannot be one.
    """
    return load_stack(name, [_source(file) for file in files], variables)


def deploy(
    engine: Engine, stack: Stack, wishes: Wishes, say: Callable[[str], None]
) -> dict[str, Any]:
    """Bring a stack to what its files say; what docker_stack returns, with a diff.

    Parameters:
        engine: a manager's.
        say: told of progress while waiting, a line at a time.

    Raises:
        TaskFailed: the Engine refused, or the stack did not converge: what happened to the
            service, and what its tasks say.
    """
    args = SPEC.validate(
        {
            "name": stack.name,
            **stack.data(),
            "prune": wishes.prune,
            "detach": wishes.detach,
            "wait_timeout": wishes.timeout,
            "resolve_image": wishes.resolve_image,
            "with_registry_auth": wishes.with_registry_auth,
        }
    )
    task = ModuleTask(args, wishes.check, diff=True, emit=lambda text: say(text.rstrip()))
    try:
        return StackChange(task, engine).present()
    except ModuleFailed as failure:
        for action in failure.result.get("actions", ()):
            say(action)
        raise TaskFailed(failure.message, hint=_what_now(engine, failure)) from None


def remove(engine: Engine, name: str, *, check: bool = False) -> list[str]:
    """Remove a stack and wait until all of it is gone; what was done, sentences.

    Raises:
        TaskFailed: the Engine refused, or something is in use.
    """
    args = {"name": name, "state": "absent", "absent_retries": _GONE_WITHIN}
    with refusals():
        result = StackChange(ModuleTask(SPEC.validate(args), check), engine).absent()
    return list(result["actions"])


def filter_of(name: str) -> dict[str, list[str]]:
    """The Engine's filter for what is of a stack."""
    return {"label": [f"{STACK_LABEL}={name}"]}


def _what_now(engine: Engine, failure: ModuleFailed) -> str:
    name, state = failure.result.get("service"), failure.result.get("update_state")
    again = what_now(failure.message, name or "SERVICE")
    if name is None:
        return again
    if state == "rollback_completed":
        now = engine.get(f"/services/{name}")["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"]
        return f"{name} is back on what it was before ({now}); {again}"
    return f"`provision service rollback {name}` brings back what it was before; {again}"


def _source(file: str) -> Source:
    if file == STDIN:
        return Source(sys.stdin.read(), "standard input", f"{Path.cwd()}/", _read)
    path = Path(file)
    content = _read(file, Location(file))
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise DataError("this compose file is not UTF-8", at=Location(file)) from None
    return Source(text, file, f"{path.absolute().parent}/", _read)


def _read(path: str, at: Location) -> bytes:
    try:
        return Path(path).expanduser().read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}", at=at) from None
