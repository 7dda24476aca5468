"""raw: a shell line without the agent, for nodes that have no Python yet."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from provision.agent.spec import Param, Spec
from provision.engine.actions.base import Action
from provision.engine.results import Result, add_lines
from provision.templating import unsafe

if TYPE_CHECKING:
    from provision.engine.context import Context


def run(context: Context) -> Result:
    if context.check:
        said = {"rc": 0, "stdout": "", "stderr": ""}
        return {"changed": False, "skipped": True, "failed": False, **said}
    command = context.args["free_form"]
    if context.args["executable"]:
        command = f"{shlex.quote(context.args['executable'])} -c {shlex.quote(command)}"
    connection = context.connection
    rc, out, err = context.run.sessions.raw(
        connection.target, command, connection.become, context.timeout
    )
    result: Result = {"changed": True, "rc": rc, "stdout": out, "stderr": err}
    if rc:
        result.update(failed=True, msg="non-zero return code")
    add_lines(result)
    return dict(unsafe(result))


ACTION = Action(
    Spec(
        name="raw",
        summary="Run a shell line over SSH alone, without Python on the node.",
        params=(
            Param("free_form", "The line.", required=True),
            Param("executable", "The shell to run it with."),
        ),
        free_form="free_form",
        check_mode=False,
        returns=(("rc", "exit status"), ("stdout", "its output"), ("stderr", "its errors")),
    ),
    run,
)
