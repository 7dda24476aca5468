"""validate_argument_spec: a role's variables against its meta/argument_specs.yml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provision.agent.spec import Param, Spec
from provision.engine.actions.base import Action
from provision.engine.role_arguments import problems, secrets

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result


def run(context: Context) -> Result:
    args = context.args
    declared = args["argument_spec"]
    result: Result = {
        "changed": False,
        "validate_args_context": args["validate_args_context"] or {},
    }
    given = {name: context.scope[name] for name in declared if name in context.scope}
    given.update(args["provided_arguments"] or {})
    context.effects.secrets.extend(secrets(declared, given))
    found = problems(declared, given)
    if found:
        result.update(
            failed=True,
            msg="arguments do not fit what is declared:\n" + "\n".join(found),
            argument_errors=found,
            argument_spec_data=declared,
        )
    else:
        result["msg"] = "all arguments fit what is declared"
    return result


ACTION = Action(
    Spec(
        name="validate_argument_spec",
        summary="Check variables against a declaration of arguments.",
        params=(
            Param("argument_spec", "Option -> declaration.", type="dict", required=True),
            Param("provided_arguments", "Values beside the variables.", type="dict"),
            Param("validate_args_context", "Whose arguments they are.", type="dict"),
        ),
        returns=(("argument_errors", "what is wrong"),),
    ),
    run,
)
