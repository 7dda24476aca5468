"""docker_stack: compose files of the node, read here, deployed there over the Engine's API.

The agent has no YAML, and a node need not have the docker program.
"""

from __future__ import annotations

import base64
import posixpath
from typing import TYPE_CHECKING, Any

from provision.agent.docker.connection import CONNECTION
from provision.agent.modules.docker_stack import RETURNS, SHARED
from provision.agent.modules.docker_stack import SPEC as MODULE
from provision.agent.spec import Param, Spec
from provision.compose import Source, load_stack
from provision.engine.actions.base import Action
from provision.errors import DataError, Location, ProvisionError, TaskFailed

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result

_COMPOSE = Param(
    "compose",
    "Compose files, version 3, in order; a later one counts where they differ. Each is a path on "
    "the node, or the content as a mapping. ${NAME} in them is a variable of the task's "
    "environment.",
    type="list",
    elements="raw",
)


def run(context: Context) -> Result:
    args = dict(context.args)
    compose = args.pop("compose") or []
    if args["state"] == "absent":
        return context.call("docker_stack", args)
    if not compose:
        raise TaskFailed("docker_stack: compose is missing", at=context.task.at)
    node = _Node(context)
    try:
        sources = [node.source(entry, number) for number, entry in enumerate(compose, 1)]
        stack = load_stack(str(args["name"]), sources, context.env)
    except DataError as error:
        raise TaskFailed(str(error.message), at=error.at, hint=error.hint) from None
    except ProvisionError as error:
        raise TaskFailed(error.message, at=context.task.at, hint=error.hint) from None
    for secret in stack.secrets:
        data = (secret.get("body") or {}).get("Data")
        if data:
            context.effects.secrets.append(base64.b64decode(data).decode("utf-8", "replace"))
    result = context.call("docker_stack", {**args, **stack.data()})
    if stack.warnings:
        result["warnings"] = [*result.get("warnings", ()), *stack.warnings]
    return result


class _Node:
    """The files of a task's node."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def source(self, entry: Any, number: int) -> Source:
        at = self._context.task.at
        if isinstance(entry, dict):
            name = str(at) if at else f"compose[{number}]"
            return Source(entry, name, "", self._no_folder)
        if not isinstance(entry, str):
            raise DataError(f"compose[{number}] is neither a path nor a mapping", at=at)
        content = self._read(entry, at or Location(entry))
        folder = posixpath.join(posixpath.dirname(entry), "")
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            raise DataError("this compose file is not UTF-8", at=Location(entry)) from None
        return Source(text, entry, folder, self._read)

    def _read(self, path: str, at: Location) -> bytes:
        result = self._context.call("slurp", {"src": path}, check=False)
        if result.get("failed"):
            raise DataError(
                f"cannot read {path} on the node: {result.get('msg')}",
                at=at,
                hint="copy it there in a task before this one; a file of the controller is given "
                "as compose: [\"{{ lookup('file', 'stack.yml') | from_yaml }}\"]",
            )
        return base64.b64decode(result["content"])

    def _no_folder(self, path: str, at: Location) -> bytes:
        if path.startswith(("/", "~")):
            return self._read(path, at)
        raise DataError(
            f"{path} is relative to a compose file, and this one is none: it was given in place",
            at=at,
            hint="write the whole path, as on the node",
        )


ACTION = Action(
    Spec(
        name=MODULE.name,
        collection=MODULE.collection,
        summary="Deploy or remove a stack of services from compose files; run on a manager.",
        params=(*SHARED, _COMPOSE, *CONNECTION),
        refused=(
            ("docker_cli", "the Engine's API is used, not the docker program"),
            ("cli_context", "the Engine's API is used, not the docker program; see docker_host"),
        ),
        diff=True,
        returns=RETURNS,
        source="https://docs.docker.com/reference/compose-file/",
    ),
    run,
)
