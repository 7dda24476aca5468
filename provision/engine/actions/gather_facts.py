"""gather_facts: what every play with facts begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provision.agent.spec import Param, Spec
from provision.engine.actions.base import Action
from provision.engine.facts import gather

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result


def run(context: Context) -> Result:
    names = ("gather_subset", "filter", "gather_timeout", "fact_path")
    return gather(context, {name: context.args[name] for name in names})


ACTION = Action(
    Spec(
        name="gather_facts",
        summary="Gather facts about the host.",
        params=(
            Param("gather_subset", "As for setup.", type="list"),
            Param("filter", "As for setup.", type="list"),
            Param("gather_timeout", "As for setup.", type="int"),
            Param("fact_path", "As for setup.", type="path"),
            Param("parallel", "Taken for compatibility.", type="bool"),
        ),
        returns=(("ansible_facts", "the facts"),),
    ),
    run,
)
