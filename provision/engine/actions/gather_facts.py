"""gather_facts: what every play with facts begins with."""

from __future__ import annotations

from provision.agent.spec import Param, Spec
from provision.engine.actions.base import Action
from provision.engine.context import Context
from provision.engine.facts import gather
from provision.engine.results import Result


def run(context: Context) -> Result:
    return gather(context, context.args["gather_subset"], context.args["filter"])


ACTION = Action(
    Spec(
        name="gather_facts",
        summary="Gather facts about the host.",
        params=(
            Param("gather_subset", "As for setup.", type="list"),
            Param("filter", "As for setup.", type="list"),
            Param("gather_timeout", "Seconds.", type="int"),
            Param("parallel", "Taken for compatibility.", type="bool"),
        ),
        returns=(("ansible_facts", "the facts"),),
    ),
    run,
)
