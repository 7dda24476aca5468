"""validate_argument_spec: a role's variables against its meta/argument_specs.yml."""

from __future__ import annotations

from typing import Any

from provision.agent.spec import ArgumentError, Param, Spec
from provision.engine.actions.base import Action
from provision.engine.context import Context
from provision.engine.results import Result

# Ansible's kinds beside ours; text and JSON in text are taken as they come.
_KINDS = {"json": "raw", "jsonarg": "raw", "bytes": "raw", "bits": "raw"}


def run(context: Context) -> Result:
    args = context.args
    declared = args["argument_spec"]
    about = args["validate_args_context"] or {}
    params = tuple(_param(name, said) for name, said in declared.items())
    given: dict[str, Any] = dict(args["provided_arguments"] or {})
    for param in params:
        for name in (param.name, *param.aliases):
            if name not in given and name in context.scope:
                given[name] = context.scope[name]
    role = about.get("name", "") or "arguments"
    spec = Spec(name=f"role {role}", summary="", params=params)
    context.effects.secrets.extend(spec.secrets(given))
    try:
        spec.validate(given)
    except ArgumentError as error:
        return {
            "changed": False,
            "failed": True,
            "msg": f"the arguments of {role} are wrong: {error.message}",
            "argument_errors": [error.message],
            "validate_args_context": about,
        }
    return {
        "changed": False,
        "msg": "The arg spec validation passed",
        "validate_args_context": about,
    }


def _param(name: str, said: dict[str, Any]) -> Param:
    options = said.get("options") or {}
    kind = str(said.get("type") or "str")
    elements = said.get("elements")
    return Param(
        name,
        type=_KINDS.get(kind, kind),
        required=bool(said.get("required")),
        default=said.get("default"),
        choices=tuple(said.get("choices") or ()),
        aliases=tuple(said.get("aliases") or ()),
        elements=_KINDS.get(elements, elements) if elements else None,
        options=tuple(_param(inner, each) for inner, each in options.items()),
        secret=bool(said.get("no_log")),
    )


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
