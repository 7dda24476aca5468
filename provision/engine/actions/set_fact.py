"""set_fact: variables for the rest of the run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from provision.agent.spec import Param, Spec
from provision.engine.actions.base import Action
from provision.errors import TaskFailed
from provision.templating import is_template, unsafe

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def run(context: Context) -> Result:
    facts: dict[str, Any] = {
        _name(n, context): value for n, value in context.args.items() if n != "cacheable"
    }
    if not facts:
        raise TaskFailed("set_fact needs at least one variable", at=context.task.at)
    return {"changed": False, "ansible_facts": unsafe(facts)}


def _name(said: Any, context: Context) -> str:
    """A variable's name, which may be a template."""
    name = context.run.templar.render(said, context.scope) if is_template(said) else said
    if not isinstance(name, str) or not _NAME.match(name):
        raise TaskFailed(
            f"'{name}' cannot name a variable",
            at=context.task.at,
            hint="letters, digits and underscores, not beginning with a digit",
        )
    return name


ACTION = Action(
    Spec(
        name="set_fact",
        summary="Set variables of the host for the rest of the run.",
        params=(
            Param(
                "cacheable",
                "Also set them as facts (ansible_facts).",
                type="bool",
                default=False,
            ),
        ),
        returns=(("ansible_facts", "the variables"),),
    ),
    run,
)
