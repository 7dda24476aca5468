"""set_stats: figures of one's own, shown at the end of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from provision.agent.spec import Param, Spec
from provision.engine.actions.base import Action
from provision.engine.keywords import flag
from provision.engine.stats import OF_RUN
from provision.errors import TaskFailed
from provision.playbook.values import is_variable_name

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result


def run(context: Context) -> Result:
    args = context.args
    data: dict[str, Any] = dict(args["data"])
    for name in data:
        if not is_variable_name(name):
            raise TaskFailed(
                f"'{name}' cannot name a figure",
                at=context.task.at,
                hint="letters, digits and underscores, not beginning with a digit",
            )
    hosts = [context.host] if args["per_host"] else [OF_RUN]
    if args["per_host"] and flag(
        context.task.settings.run_once, context.scope, context.run.templar
    ):
        hosts = context.play.batch
    context.run.stats.keep(hosts, data, args["aggregate"])
    stats = {"data": data, "per_host": args["per_host"], "aggregate": args["aggregate"]}
    return {"changed": False, "ansible_stats": stats}


ACTION = Action(
    Spec(
        name="set_stats",
        summary="Keep figures of the run: shown at its end, and in its JSON report.",
        params=(
            Param("data", "The figures, a mapping of names to values.", type="dict", required=True),
            Param("per_host", "One of each for every host.", type="bool", default=False),
            Param(
                "aggregate",
                "Add to what is there (numbers, texts, lists; mappings are merged) instead of "
                "replacing it.",
                type="bool",
                default=True,
            ),
        ),
        returns=(("ansible_stats", "the figures"),),
    ),
    run,
)
