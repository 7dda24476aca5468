"""fail: end here, with a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provision.agent.spec import Param, Spec
from provision.engine.actions.base import Action

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result


def run(context: Context) -> Result:
    return {"changed": False, "failed": True, "msg": context.args["msg"]}


ACTION = Action(
    Spec(
        name="fail",
        summary="Fail with a message.",
        params=(Param("msg", "The message.", default="Failed as requested from task"),),
    ),
    run,
)
