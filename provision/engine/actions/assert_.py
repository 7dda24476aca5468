"""assert: conditions that have to hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provision.agent.spec import Param, Spec
from provision.engine.actions.base import Action

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result


def run(context: Context) -> Result:
    args = context.args
    given = context.task.args.get("that") if isinstance(context.task.args, dict) else None
    # As written, not rendered: each is an expression of its own.
    # A list may be a variable's, though.
    listed = isinstance(given, str) and isinstance(args["that"], list)
    that = args["that"] if given is None or listed else given
    conditions = that if isinstance(that, list) else [that]
    for condition in conditions:
        if not context.run.templar.condition(condition, context.scope, at=context.task.at):
            return {
                "changed": False,
                "failed": True,
                "assertion": condition,
                "evaluated_to": False,
                "msg": "Assertion failed" if args["fail_msg"] is None else args["fail_msg"],
            }
    success = args["success_msg"]
    return {"changed": False, "msg": "All assertions passed" if success is None else success}


ACTION = Action(
    Spec(
        name="assert",
        summary="Fail unless conditions hold.",
        params=(
            Param("that", "Conditions, as in when.", type="raw", required=True),
            Param("fail_msg", "What to say when one does not.", type="raw", aliases=("msg",)),
            Param("success_msg", "What to say when all do.", type="raw"),
            Param("quiet", "Say nothing when all do.", type="bool", default=False),
        ),
        returns=(
            ("assertion", "the condition that did not hold"),
            ("evaluated_to", "false"),
            ("msg", "what is said"),
        ),
    ),
    run,
)
