"""package: the distribution's own tool, with whatever parameters that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provision.agent.modules import apt
from provision.agent.spec import ArgumentError, Param, Spec
from provision.engine.actions.base import Action
from provision.errors import TaskFailed

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result

_STATES = {"installed": "present", "removed": "absent"}


def run(context: Context) -> Result:
    given = {name: value for name, value in context.args.items() if name != "use"}
    given["state"] = _STATES.get(given["state"], given["state"])
    try:
        args = apt.SPEC.validate(given)
    except ArgumentError as error:
        raise TaskFailed(error.message, at=context.task.at, hint=error.hint) from None
    return context.call("apt", args)


ACTION = Action(
    Spec(
        name="package",
        summary="Manage packages with the distribution's tool (apt), which gets all parameters.",
        params=(
            Param("name", "Packages.", type="list", elements="str", required=True),
            Param(
                "state",
                "present, absent or latest.",
                required=True,
                choices=("absent", "installed", "latest", "present", "removed"),
            ),
            Param("use", "Which tool.", default="auto", choices=("auto", "apt")),
        ),
        diff=True,
        returns=apt.SPEC.returns,
        source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/package_module.html",
    ),
    run,
)
