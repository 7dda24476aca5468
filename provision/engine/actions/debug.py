"""debug: show a message or a variable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provision.agent.spec import Param, Spec
from provision.engine.actions.base import Action
from provision.errors import TemplateError
from provision.located import LocatedStr, location_of

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result

DEFAULT_MESSAGE = "Hello world!"


def run(context: Context) -> Result:
    args = context.args
    if args["verbosity"] > context.run.options.verbosity:
        return {
            "changed": False,
            "skipped": True,
            "failed": False,
            "skipped_reason": "Verbosity threshold not met.",
        }
    if args["var"] is None:
        given = isinstance(context.task.args, dict) and "msg" in context.task.args
        said = args["msg"] is not None or given
        return {"changed": False, "msg": args["msg"] if said else DEFAULT_MESSAGE}
    name = args["var"]
    return {"changed": False, str(name): _value(context, name)}


def _value(context: Context, name: Any) -> Any:
    if not isinstance(name, str):
        return name
    expression = LocatedStr("{{ " + name + " }}", location_of(name) or context.task.at)
    try:
        return context.run.templar.render(expression, context.scope, at=context.task.at)
    except TemplateError as error:
        if "undefined" not in str(error):
            raise
        return "VARIABLE IS NOT DEFINED!"


ACTION = Action(
    Spec(
        name="debug",
        summary="Show a message or a variable.",
        params=(
            Param("msg", "What to show.", type="raw"),
            Param("var", "A variable or expression, without {{ }}.", type="raw"),
            Param("verbosity", "Show only from this many -v on.", type="int", default=0),
        ),
        mutually_exclusive=(("msg", "var"),),
        returns=(("msg", "what was shown"),),
    ),
    run,
)
